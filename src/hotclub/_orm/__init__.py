"""The object-relational engine behind `hotclub.db.models`; layers and rules in docs/design/orm.md."""
