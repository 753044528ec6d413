"""Constants that third parties import from this path."""

GET_ITERATOR_CHUNK_SIZE = 100
MULTI = "multi"
SINGLE = "single"
NO_RESULTS = "no results"
CURSOR = "cursor"
ROW_COUNT = "row count"
ORDER_DIR = {"ASC": ("ASC", "DESC"), "DESC": ("DESC", "ASC")}
INNER = "INNER JOIN"
LOUTER = "LEFT OUTER JOIN"
