"""Classes rendered from a part of a state stand in the state's order, whatever the order of hashes."""

from __future__ import annotations

import pytest

from hotclub.db import models
from hotclub.db.migrations.state import ModelState, ProjectState, StateApps


@pytest.mark.usefixtures("_project")
def test_models_of_a_part_keep_their_order() -> None:
    names = [f"Model{number}" for number in (7, 3, 9, 1, 8, 2)]
    state = ProjectState()
    for name in names:
        state.add_model(ModelState("ordered", name, [("id", models.AutoField(primary_key=True))]))
    part = StateApps.of_part(state, set(state.models))
    assert [model.__name__ for model in part.get_app_config("ordered").get_models()] == names
