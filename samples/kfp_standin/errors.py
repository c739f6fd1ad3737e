"""Refusals as the KFP API words them: an HTTP status and a google.rpc.Status body."""


class ApiError(Exception):
    """A request that cannot be served; `code` is the google.rpc code."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def invalid(message: str) -> ApiError:
    return ApiError(400, 3, f"InvalidInputError: {message}")


def not_found(kind: str, identifier: str) -> ApiError:
    return ApiError(404, 5, f"ResourceNotFoundError: {kind} {identifier} not found")


def exists(kind: str, name: str) -> ApiError:
    return ApiError(409, 6, f"AlreadyExistsError: {kind} with the name {name} already exists")


def unimplemented(what: str) -> ApiError:
    return ApiError(501, 12, f"{what} is not part of this stand-in for Kubeflow Pipelines")
