"""The client log: what is written is read again, and what is no call is named."""

from pathlib import Path

import pytest

from native.verify.client_log import BadClientLog, Call, ClientLog, read

CALL = Call(
    operation="place_order",
    method="POST",
    path="/v1/orders",
    idempotency_key="k-1",
    caller="customer@souk.example",
    order_id="01990000-0000-7000-8000-0000000000d1",
    status=201,
    elapsed_s=0.125,
)


def test_calls_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    cut = Call("read_order", "GET", "/v1/orders/1", error="ReadError()", retried_ok=True)
    with ClientLog(path) as log:
        log.write(CALL)
        log.write(cut)
    assert log.count == 2
    assert list(read(path)) == [CALL, cut]


def test_a_log_is_continued_and_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    for _ in range(2):
        with ClientLog(path) as log:
            log.write(CALL)
    assert len(list(read(path))) == 2


def test_a_field_of_a_later_format_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    path.write_text('{"operation": "a", "method": "GET", "path": "/", "colour": "red"}\n')
    assert [call.operation for call in read(path)] == ["a"]


@pytest.mark.parametrize("line", ["{", "[]", "7", '{"operation": "a"}'])
def test_a_line_that_is_no_call_is_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    path.write_text('{"operation": "a", "method": "GET", "path": "/"}\n' + line + "\n")
    with pytest.raises(BadClientLog, match="line 2"):
        list(read(path))


def test_a_log_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(BadClientLog, match="No such file"):
        list(read(tmp_path / "none.jsonl"))
