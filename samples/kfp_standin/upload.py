"""Takes an uploaded pipeline file out of a multipart request and reads it. Pure."""

from email.parser import BytesParser
from email.policy import HTTP

import yaml

from samples.kfp_standin.errors import invalid
from samples.kfp_standin.store import Document


def uploaded_spec(body: bytes, *, content_type: str) -> Document:
    """The pipeline spec in the multipart part `uploadfile`.

    With a platform spec beside it, both under their names, as KFP answers them.
    Raises ApiError when there is no such part or it is no compiled pipeline.
    """
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    for part in message.iter_parts() if message.is_multipart() else ():
        if part.get_param("name", header="content-disposition") == "uploadfile":
            payload = part.get_payload(decode=True)
            return read_spec(payload if isinstance(payload, bytes) else b"")
    raise invalid("the request carries no uploadfile")


def read_spec(payload: bytes) -> Document:
    """A compiled pipeline in YAML or JSON. Raises ApiError when it is none."""
    try:
        documents = [each for each in yaml.safe_load_all(payload.decode()) if each]
    except (UnicodeDecodeError, yaml.YAMLError):
        raise invalid("the file is no YAML (archives are not taken by this stand-in)") from None
    if not documents or not isinstance(documents[0], dict) or "root" not in documents[0]:
        raise invalid("the file is no pipeline compiled by the KFP v2 SDK")
    if len(documents) > 1:
        return {"pipeline_spec": documents[0], "platform_spec": documents[1]}
    return documents[0]


def bare_spec(spec: Document) -> Document:
    """The pipeline spec without a platform spec beside it."""
    inner = spec.get("pipeline_spec")
    return inner if isinstance(inner, dict) else spec
