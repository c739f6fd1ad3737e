"""Reading Parquet files that are none."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from monitoring.parquet import ColumnKind, ParquetError, dtype_of, kind_of, open_table


def test_open_table_tells_what_is_wrong(tmp_path: Path) -> None:
    faults = {
        "cannot be opened": tmp_path / "absent.parquet",
        "is a folder": tmp_path,
        r"is an empty file \(0 bytes\)": tmp_path / "empty.parquet",
        "is not a readable Parquet file": tmp_path / "text.parquet",
        "has a schema but no rows": tmp_path / "rowless.parquet",
        "has no columns": tmp_path / "columnless.parquet",
        "repeats the column names x": tmp_path / "repeated.parquet",
    }
    (tmp_path / "empty.parquet").touch()
    (tmp_path / "text.parquet").write_text("a,b\n1,2\n" * 10)
    pq.write_table(pa.table({"x": pa.array([], pa.int64())}), tmp_path / "rowless.parquet")
    pq.write_table(pa.table({"x": [1]}).select([]), tmp_path / "columnless.parquet")
    pq.write_table(pa.Table.from_arrays([pa.array([1])] * 2, names=["x", "x"]), tmp_path / "repeated.parquet")

    for message, path in faults.items():
        with pytest.raises(ParquetError, match=message), open_table(path):
            pass


def test_a_file_that_breaks_off_is_told_while_reading(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"x": pa.array(range(100_000))}), path, compression="zstd")
    content = bytearray(path.read_bytes())
    content[1000:50_000] = bytes(49_000)
    path.write_bytes(content)

    with open_table(path) as table, pytest.raises(ParquetError, match="breaks off while reading column x"):
        list(table.numbers("x"))


@pytest.mark.parametrize(
    ("type_", "kind", "dtype"),
    [
        (pa.float64(), ColumnKind.NUMERIC, "float64"),
        (pa.float32(), ColumnKind.NUMERIC, "float32"),
        (pa.float16(), ColumnKind.NUMERIC, "float16"),
        (pa.int8(), ColumnKind.NUMERIC, "int8"),
        (pa.decimal128(8, 2), ColumnKind.NUMERIC, "decimal128(8, 2)"),
        (pa.bool_(), ColumnKind.BOOLEAN, "bool"),
        (pa.large_string(), ColumnKind.CATEGORICAL, "string"),
        (pa.dictionary(pa.int8(), pa.string()), ColumnKind.CATEGORICAL, "string"),
        (pa.timestamp("ns", "UTC"), ColumnKind.DATETIME, "datetime"),
        (pa.binary(), ColumnKind.OTHER, "binary"),
        (pa.list_(pa.int8()), ColumnKind.OTHER, "array"),
        (pa.struct({"a": pa.int8()}), ColumnKind.OTHER, "object"),
        (pa.map_(pa.string(), pa.int8()), ColumnKind.OTHER, "map"),
        (pa.null(), ColumnKind.EMPTY, "null"),
    ],
)
def test_arrow_types_have_a_kind_and_a_name(type_: pa.DataType, kind: ColumnKind, dtype: str) -> None:
    assert (kind_of(type_), dtype_of(type_)) == (kind, dtype)
