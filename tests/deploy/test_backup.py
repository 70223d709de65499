"""Saving everything and bringing it back."""

import gzip
import io
from collections.abc import Iterator

import bson
import pytest
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient

from deploy import backup
from deploy.backup import Progress, UnusableBackupError, load, save

Client = MongoClient[RawBSONDocument]


@pytest.fixture
def client(mongo_url: str) -> Iterator[Client]:
    """A real server without our two databases in it, before and after."""
    with Client(mongo_url, document_class=RawBSONDocument) as made:
        for name in backup.DATABASES:
            made.drop_database(name)
        yield made
        for name in backup.DATABASES:
            made.drop_database(name)


def fill(client: Client) -> None:
    events = client["chat"]["events"]
    events.create_index([("room", 1), ("seq", 1)], unique=True)
    documents = [{"room": "lobby", "seq": seq, "text": f"message {seq}"} for seq in range(1, 2501)]
    events.insert_many([RawBSONDocument(bson.encode({"_id": bson.ObjectId(), **one})) for one in documents])
    client["chat"]["meta"].insert_one(raw({"_id": "epoch", "value": "first"}))
    client["auth"]["people"].insert_one(raw({"_id": "ada", "password": "$argon2id$..."}))
    client["auth"]["sessions"].insert_one(raw({"_id": "session"}))
    client["auth"]["sessions"].create_index("ends_at", expireAfterSeconds=0)


def raw(document: dict[str, object]) -> RawBSONDocument:
    return RawBSONDocument(bson.encode(document))


def saved(client: Client, fingerprint: str = "same") -> bytes:
    file = io.BytesIO()
    save(client, file, fingerprint, Progress())
    return file.getvalue()


def test_what_was_saved_comes_back_and_the_epoch_changes(client: Client) -> None:
    fill(client)
    file = saved(client)
    client["chat"]["events"].delete_many({})
    client["auth"]["people"].insert_one(raw({"_id": "later"}))
    client["chat"]["newer"].insert_one(raw({"_id": 1}))
    assert load(client, io.BytesIO(file), "same", Progress()) == 2503
    texts = [event["text"] for event in client["chat"]["events"].find().sort("seq", 1)]
    assert texts == [f"message {seq}" for seq in range(1, 2501)]
    assert [person["_id"] for person in client["auth"]["people"].find()] == ["ada"]
    assert client["auth"]["sessions"].count_documents({}) == 1
    epoch = client["chat"]["meta"].find_one({"_id": "epoch"})
    assert epoch is not None
    assert epoch["value"] != "first"
    assert set(client["chat"].list_collection_names()) == {"events", "meta"}


def test_indexes_come_back_with_their_options(client: Client) -> None:
    fill(client)
    file = saved(client)
    for name in backup.DATABASES:
        client.drop_database(name)
    load(client, io.BytesIO(file), "same", Progress())
    assert client["chat"]["events"].index_information()["room_1_seq_1"]["unique"]
    assert client["auth"]["sessions"].index_information()["ends_at_1"]["expireAfterSeconds"] == 0


def test_with_other_secrets_sessions_and_keys_stay_out(client: Client) -> None:
    fill(client)
    file = saved(client, "of then")
    load(client, io.BytesIO(file), "of now", Progress())
    assert client["auth"]["sessions"].count_documents({}) == 0
    assert client["auth"]["people"].count_documents({}) == 1


def test_what_is_written_during_a_backup_leaves_no_hole_in_it(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(client)
    so_far = Progress.so_far

    def somebody_writes(progress: Progress, name: str, count: int, expected: int) -> None:
        if name == "chat.events" and count == 1:  # one that leaves out a number, as a commit still under way would
            client["chat"]["events"].insert_one(raw({"room": "lobby", "seq": 2502, "text": "later"}))
        so_far(progress, name, count, expected)

    monkeypatch.setattr(Progress, "so_far", somebody_writes)
    file = saved(client)
    load(client, io.BytesIO(file), "same", Progress())
    assert [event["seq"] for event in client["chat"]["events"].find().sort("seq", 1)] == list(range(1, 2501))


@pytest.mark.parametrize("share", [0.0, 0.2, 0.9, 0.999])
def test_a_part_of_a_backup_changes_nothing(client: Client, share: float) -> None:
    fill(client)
    file = saved(client)
    client["chat"]["events"].insert_one(raw({"room": "lobby", "seq": 2501, "text": "since"}))
    with pytest.raises(UnusableBackupError):
        load(client, io.BytesIO(file[: int(len(file) * share)]), "same", Progress())
    assert client["chat"]["events"].count_documents({}) == 2501
    epoch = client["chat"]["meta"].find_one({"_id": "epoch"})
    assert epoch is not None
    assert epoch["value"] == "first"


def test_what_a_broken_restore_left_is_not_in_the_next_backup_and_goes_with_the_next_restore(client: Client) -> None:
    fill(client)
    file = saved(client)
    client["chat"]["restoring.events"].insert_one(raw({"room": "lobby", "seq": 1}))
    assert len(gzip.decompress(saved(client))) == len(gzip.decompress(file))
    load(client, io.BytesIO(file), "same", Progress())
    assert "restoring.events" not in client["chat"].list_collection_names()


@pytest.mark.parametrize("records", [[], [{"other": 1}], [{"backup": {"format": 99}}]])
def test_a_file_that_is_no_backup_is_refused(client: Client, records: list[dict[str, object]]) -> None:
    file = gzip.compress(b"".join(bson.encode(record) for record in records))
    with pytest.raises(UnusableBackupError, match="no backup of Parley"):
        load(client, io.BytesIO(file), "same", Progress())


def test_a_backup_leads_into_our_databases_only(client: Client) -> None:
    made = {"backup": {"format": 1, "at": "now", "auth_secret_fingerprint": "same"}}
    foreign = {"collection": {"name": "admin.users", "expected": 0, "indexes": []}}
    file = gzip.compress(bson.encode(made) + bson.encode(foreign))
    with pytest.raises(UnusableBackupError, match=r"admin\.users"):
        load(client, io.BytesIO(file), "same", Progress())


def test_both_say_how_far_they_are(
    client: Client, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "SAY_EVERY_SECONDS", 0.0)
    fill(client)
    file = saved(client)
    assert "  chat.events: 1,250 of about 2,500\n" in capsys.readouterr().err
    load(client, io.BytesIO(file), "same", Progress())
    told = capsys.readouterr().err
    assert "  chat.events: 2,000 of about 2,500\n" in told
    assert "  chat.events: 2,500\n" in told


def test_other_words_than_save_and_load_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert backup.main(["delete"]) == 2
    assert "save" in capsys.readouterr().err
