"""What type checkers see of the model fields: the type of the value that an instance holds.

There is no module behind this stub. `hotclub.db.models` imports it for checkers and the real classes at run time; each class
here is the real one with a parameter: `CharField[str]`, or `CharField[str | None]` where `null=True` was given.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Generic, Literal, Self, overload
from uuid import UUID

from typing_extensions import TypeVar

from hotclub._orm.fields import auto, binary, dates, identifiers, numbers, text

T = TypeVar("T")
IntT = TypeVar("IntT", default=int)
FloatT = TypeVar("FloatT", default=float)
DecimalT = TypeVar("DecimalT", default=Decimal)
BoolT = TypeVar("BoolT", default=bool)
StrT = TypeVar("StrT", default=str)
DateT = TypeVar("DateT", default=date)
DatetimeT = TypeVar("DatetimeT", default=datetime)
TimeT = TypeVar("TimeT", default=time)
TimedeltaT = TypeVar("TimedeltaT", default=timedelta)
UuidT = TypeVar("UuidT", default=UUID)
BytesT = TypeVar("BytesT", default=bytes | memoryview)

class Reads(Generic[T]):
    """On the class the field itself, on an instance its value."""

    @overload
    def __get__(self, instance: None, owner: Any) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: Any) -> T: ...
    def __set__(self, instance: object, value: Any) -> None: ...

class AutoField(Reads[IntT], auto.AutoField, Generic[IntT]):  # type: ignore[misc]  # the value has a parameter here
    @overload
    def __new__(cls, *args: Any, null: Literal[True], **options: Any) -> AutoField[int | None]: ...
    @overload
    def __new__(cls, *args: Any, **options: Any) -> AutoField[int]: ...

class BigAutoField(Reads[IntT], auto.BigAutoField, Generic[IntT]):  # type: ignore[misc]  # the value has a parameter here
    @overload
    def __new__(cls, *args: Any, null: Literal[True], **options: Any) -> BigAutoField[int | None]: ...
    @overload
    def __new__(cls, *args: Any, **options: Any) -> BigAutoField[int]: ...

class SmallAutoField(Reads[IntT], auto.SmallAutoField, Generic[IntT]):  # type: ignore[misc]  # the value has a parameter here
    @overload
    def __new__(cls, *args: Any, null: Literal[True], **options: Any) -> SmallAutoField[int | None]: ...
    @overload
    def __new__(cls, *args: Any, **options: Any) -> SmallAutoField[int]: ...

class IntegerField(Reads[IntT], numbers.IntegerField, Generic[IntT]):  # type: ignore[misc]  # the value has a parameter here
    @overload
    def __new__(cls, *args: Any, null: Literal[True], **options: Any) -> IntegerField[int | None]: ...
    @overload
    def __new__(cls, *args: Any, **options: Any) -> IntegerField[int]: ...

class BigIntegerField(Reads[IntT], numbers.BigIntegerField, Generic[IntT]):  # type: ignore[misc]  # the value has a parameter here
    @overload
    def __new__(cls, *args: Any, null: Literal[True], **options: Any) -> BigIntegerField[int | None]: ...
    @overload
    def __new__(cls, *args: Any, **options: Any) -> BigIntegerField[int]: ...

class SmallIntegerField(Reads[IntT], numbers.SmallIntegerField, Generic[IntT]):  # type: ignore[misc]  # the value has a parameter here
    @overload
    def __new__(cls, *args: Any, null: Literal[True], **options: Any) -> SmallIntegerField[int | None]: ...
    @overload
    def __new__(cls, *args: Any, **options: Any) -> SmallIntegerField[int]: ...

class PositiveIntegerField(Reads[IntT], numbers.PositiveIntegerField, Generic[IntT]):  # type: ignore[misc]  # the value has a parameter here
    @overload
    def __new__(cls, *args: Any, null: Literal[True], **options: Any) -> PositiveIntegerField[int | None]: ...
    @overload
    def __new__(cls, *args: Any, **options: Any) -> PositiveIntegerField[int]: ...

class PositiveBigIntegerField(Reads[IntT], numbers.PositiveBigIntegerField, Generic[IntT]):  # type: ignore[misc]  # the value has a parameter here
    @overload
    def __new__(cls, *args: Any, null: Literal[True], **options: Any) -> PositiveBigIntegerField[int | None]: ...
    @overload
    def __new__(cls, *args: Any, **options: Any) -> PositiveBigIntegerField[int]: ...

class PositiveSmallIntegerField(Reads[IntT], numbers.PositiveSmallIntegerField, Generic[IntT]):  # type: ignore[misc]  # the value has a parameter here
    @overload
    def __new__(cls, *args: Any, null: Literal[True], **options: Any) -> PositiveSmallIntegerField[int | None]: ...
    @overload
    def __new__(cls, *args: Any, **options: Any) -> PositiveSmallIntegerField[int]: ...

class FloatField(Reads[FloatT], numbers.FloatField, Generic[FloatT]):  # type: ignore[misc]  # the value has a parameter here
    @overload
    def __new__(cls, *args: Any, null: Literal[True], **options: Any) -> FloatField[float | None]: ...
    @overload
    def __new__(cls, *args: Any, **options: Any) -> FloatField[float]: ...

class DecimalField(Reads[DecimalT], numbers.DecimalField, Generic[DecimalT]):  # type: ignore[misc]  # the value has a parameter here
    @overload
    def __new__(cls, *args: Any, null: Literal[True], **options: Any) -> DecimalField[Decimal | None]: ...
    @overload
    def __new__(cls, *args: Any, **options: Any) -> DecimalField[Decimal]: ...

class BooleanField(Reads[BoolT], numbers.BooleanField, Generic[BoolT]):  # type: ignore[misc]  # the value has a parameter here
    @overload
    def __new__(cls, *args: Any, null: Literal[True], **options: Any) -> BooleanField[bool | None]: ...
    @overload
    def __new__(cls, *args: Any, **options: Any) -> BooleanField[bool]: ...

class CharField(Reads[StrT], text.CharField, Generic[StrT]):  # type: ignore[misc]  # the value has a parameter here
    @overload
    def __new__(cls, *args: Any, null: Literal[True], **options: Any) -> CharField[str | None]: ...
    @overload
    def __new__(cls, *args: Any, **options: Any) -> CharField[str]: ...

class TextField(Reads[StrT], text.TextField, Generic[StrT]):  # type: ignore[misc]  # the value has a parameter here
    @overload
    def __new__(cls, *args: Any, null: Literal[True], **options: Any) -> TextField[str | None]: ...
    @overload
    def __new__(cls, *args: Any, **options: Any) -> TextField[str]: ...

class EmailField(Reads[StrT], text.EmailField, Generic[StrT]):  # type: ignore[misc]  # the value has a parameter here
    @overload
    def __new__(cls, *args: Any, null: Literal[True], **options: Any) -> EmailField[str | None]: ...
    @overload
    def __new__(cls, *args: Any, **options: Any) -> EmailField[str]: ...

class SlugField(Reads[StrT], text.SlugField, Generic[StrT]):  # type: ignore[misc]  # the value has a parameter here
    @overload
    def __new__(cls, *args: Any, null: Literal[True], **options: Any) -> SlugField[str | None]: ...
    @overload
    def __new__(cls, *args: Any, **options: Any) -> SlugField[str]: ...

class URLField(Reads[StrT], text.URLField, Generic[StrT]):  # type: ignore[misc]  # the value has a parameter here
    @overload
    def __new__(cls, *args: Any, null: Literal[True], **options: Any) -> URLField[str | None]: ...
    @overload
    def __new__(cls, *args: Any, **options: Any) -> URLField[str]: ...

class DateField(Reads[DateT], dates.DateField, Generic[DateT]):  # type: ignore[misc]  # the value has a parameter here
    @overload
    def __new__(cls, *args: Any, null: Literal[True], **options: Any) -> DateField[date | None]: ...
    @overload
    def __new__(cls, *args: Any, **options: Any) -> DateField[date]: ...

class DateTimeField(Reads[DatetimeT], dates.DateTimeField, Generic[DatetimeT]):  # type: ignore[misc]  # the value has a parameter here
    @overload
    def __new__(cls, *args: Any, null: Literal[True], **options: Any) -> DateTimeField[datetime | None]: ...
    @overload
    def __new__(cls, *args: Any, **options: Any) -> DateTimeField[datetime]: ...

class TimeField(Reads[TimeT], dates.TimeField, Generic[TimeT]):  # type: ignore[misc]  # the value has a parameter here
    @overload
    def __new__(cls, *args: Any, null: Literal[True], **options: Any) -> TimeField[time | None]: ...
    @overload
    def __new__(cls, *args: Any, **options: Any) -> TimeField[time]: ...

class DurationField(Reads[TimedeltaT], dates.DurationField, Generic[TimedeltaT]):  # type: ignore[misc]  # the value has a parameter here
    @overload
    def __new__(cls, *args: Any, null: Literal[True], **options: Any) -> DurationField[timedelta | None]: ...
    @overload
    def __new__(cls, *args: Any, **options: Any) -> DurationField[timedelta]: ...

class UUIDField(Reads[UuidT], identifiers.UUIDField, Generic[UuidT]):  # type: ignore[misc]  # the value has a parameter here
    @overload
    def __new__(cls, *args: Any, null: Literal[True], **options: Any) -> UUIDField[UUID | None]: ...
    @overload
    def __new__(cls, *args: Any, **options: Any) -> UUIDField[UUID]: ...

class GenericIPAddressField(Reads[StrT], identifiers.GenericIPAddressField, Generic[StrT]):  # type: ignore[misc]  # the value has a parameter here
    @overload
    def __new__(cls, *args: Any, null: Literal[True], **options: Any) -> GenericIPAddressField[str | None]: ...
    @overload
    def __new__(cls, *args: Any, **options: Any) -> GenericIPAddressField[str]: ...

class FilePathField(Reads[StrT], identifiers.FilePathField, Generic[StrT]):  # type: ignore[misc]  # the value has a parameter here
    @overload
    def __new__(cls, *args: Any, null: Literal[True], **options: Any) -> FilePathField[str | None]: ...
    @overload
    def __new__(cls, *args: Any, **options: Any) -> FilePathField[str]: ...

class BinaryField(Reads[BytesT], binary.BinaryField, Generic[BytesT]):  # type: ignore[misc]  # the value has a parameter here
    @overload
    def __new__(cls, *args: Any, null: Literal[True], **options: Any) -> BinaryField[bytes | memoryview | None]: ...
    @overload
    def __new__(cls, *args: Any, **options: Any) -> BinaryField[bytes | memoryview]: ...
