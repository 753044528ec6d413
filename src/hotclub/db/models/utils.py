"""Helpers of models that are used outside of them, at their known path."""

from hotclub._orm.fields.blank_choice import get_blank_choice_label

__all__ = ["get_blank_choice_label"]
