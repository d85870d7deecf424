-- Views are asked about days. Tables are sorted by what tells rows apart, but order numbers grow with time nearly
-- everywhere: the least and greatest time of each granule lets most of them be passed over.

ALTER TABLE takt_store.visits ADD INDEX IF NOT EXISTS entered_at_range entered_at TYPE minmax GRANULARITY 1;
ALTER TABLE takt_store.visits ADD INDEX IF NOT EXISTS left_at_range left_at TYPE minmax GRANULARITY 1;
ALTER TABLE takt_store.visits ADD INDEX IF NOT EXISTS judged_at_range least(left_at, due_at) TYPE minmax GRANULARITY 1;
ALTER TABLE takt_store.orders ADD INDEX IF NOT EXISTS opened_at_range opened_at TYPE minmax GRANULARITY 1;
ALTER TABLE takt_store.orders ADD INDEX IF NOT EXISTS closed_at_range closed_at TYPE minmax GRANULARITY 1;
ALTER TABLE takt_store.orders ADD INDEX IF NOT EXISTS status_set status TYPE set(3) GRANULARITY 1;
ALTER TABLE takt_store.exceptions ADD INDEX IF NOT EXISTS opened_at_range opened_at TYPE minmax GRANULARITY 1;

ALTER TABLE takt_store.visits MATERIALIZE INDEX entered_at_range;
ALTER TABLE takt_store.visits MATERIALIZE INDEX left_at_range;
ALTER TABLE takt_store.visits MATERIALIZE INDEX judged_at_range;
ALTER TABLE takt_store.orders MATERIALIZE INDEX opened_at_range;
ALTER TABLE takt_store.orders MATERIALIZE INDEX closed_at_range;
ALTER TABLE takt_store.orders MATERIALIZE INDEX status_set;
ALTER TABLE takt_store.exceptions MATERIALIZE INDEX opened_at_range
