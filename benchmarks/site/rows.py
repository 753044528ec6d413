"""The rows of the measured tables, the same for all frameworks.

100 authors with 1,000 books each; 1,000 folders with 5 papers each; 10,000 sheets with a note each; 20 entries with a key of two columns and a document. Peers make the tables by `TABLES`: what Django makes of the models.
"""

from __future__ import annotations

TABLES = """
CREATE TABLE site_author (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, name varchar(100) NOT NULL, age integer NOT NULL);
CREATE TABLE site_book (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, title varchar(100) NOT NULL, pages integer NOT NULL,
    price integer NOT NULL, author_id bigint NOT NULL REFERENCES site_author (id) DEFERRABLE INITIALLY DEFERRED);
CREATE INDEX site_book_author ON site_book (author_id);
CREATE INDEX site_book_slice ON site_book (author_id, pages);
CREATE TABLE site_folder (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, name varchar(100) NOT NULL);
CREATE TABLE site_paper (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, title varchar(100) NOT NULL,
    folder_id bigint NOT NULL REFERENCES site_folder (id) DEFERRABLE INITIALLY DEFERRED);
CREATE INDEX site_paper_folder ON site_paper (folder_id);
CREATE TABLE site_sheet (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, name varchar(100) NOT NULL);
CREATE TABLE site_note (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, text varchar(100) NOT NULL,
    sheet_id bigint NOT NULL REFERENCES site_sheet (id) DEFERRABLE INITIALLY DEFERRED);
CREATE INDEX site_note_sheet ON site_note (sheet_id);
CREATE TABLE site_entry (shelf integer NOT NULL, place integer NOT NULL, data text NOT NULL CHECK (JSON_VALID(data)),
    PRIMARY KEY (shelf, place));
"""

INSERTS = {
    "INSERT INTO site_author (name, age) VALUES (?, ?)": [(f"author {i}", 20 + i % 60) for i in range(100)],
    "INSERT INTO site_book (title, author_id, pages, price) VALUES (?, ?, ?, ?)": [
        (f"book {i}", 1 + i % 100, i * 7 % 701, i % 50) for i in range(100_000)
    ],
    "INSERT INTO site_folder (name) VALUES (?)": [(f"folder {i}",) for i in range(1000)],
    "INSERT INTO site_paper (folder_id, title) VALUES (?, ?)": [(1 + i // 5, f"paper {i}") for i in range(5000)],
    "INSERT INTO site_sheet (name) VALUES (?)": [(f"sheet {i}",) for i in range(10_000)],
    "INSERT INTO site_note (sheet_id, text) VALUES (?, ?)": [(1 + i, f"note {i}") for i in range(10_000)],
    "INSERT INTO site_entry (shelf, place, data) VALUES (?, ?, ?)": [
        (i // 10, i % 10, f'{{"kind": "{"abc"[i % 3]}", "size": {{"width": {i}}}}}') for i in range(20)
    ],
}


def fill(connection, tables: bool = True) -> None:
    """Make the tables and rows through a connection of the `sqlite3` module, which should check foreign keys."""
    if tables:
        connection.executescript(TABLES)
    for statement, rows in INSERTS.items():
        connection.executemany(statement, rows)
    connection.commit()
