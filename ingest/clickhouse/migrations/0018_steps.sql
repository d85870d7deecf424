-- Steps of orders, rolled up by day: what views of ways ask for, found by the day. Rows are
-- those of whole orders; which orders changed since is told by when their rows were stored.

ALTER TABLE takt_store.visits ADD COLUMN IF NOT EXISTS
    stored_at DateTime64(3, 'UTC')
    MATERIALIZED now64(3, 'UTC')
    COMMENT 'When the row was stored, UTC; 入库时间，UTC';

ALTER TABLE takt_store.orders ADD COLUMN IF NOT EXISTS
    stored_at DateTime64(3, 'UTC')
    MATERIALIZED now64(3, 'UTC')
    COMMENT 'When the row was stored, UTC; 入库时间，UTC';

-- A row without it would count as stored whenever it is asked. Nothing is read for it: it is quick.
ALTER TABLE takt_store.visits MATERIALIZE COLUMN stored_at SETTINGS mutations_sync = 1;
ALTER TABLE takt_store.orders MATERIALIZE COLUMN stored_at SETTINGS mutations_sync = 1;

ALTER TABLE takt_store.visits ADD INDEX IF NOT EXISTS stored_at_range stored_at TYPE minmax GRANULARITY 1;
ALTER TABLE takt_store.orders ADD INDEX IF NOT EXISTS stored_at_range stored_at TYPE minmax GRANULARITY 1;

ALTER TABLE takt_store.visits MATERIALIZE INDEX stored_at_range;
ALTER TABLE takt_store.orders MATERIALIZE INDEX stored_at_range;

CREATE TABLE IF NOT EXISTS takt_store.steps
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Day of the step in the zone of the process; 流转日期，按流程时区',
    order_id String COMMENT 'Unified order number; 统一订单号',
    unit String COMMENT 'Order line or parcel, empty for the order as a whole; 订单行或包裹，空为整单',
    stage LowCardinality(String) COMMENT 'Stage entered, empty where the order was closed; 进入的环节，结束为空',
    visit UInt32 COMMENT 'Number of the visit from 1, more than 1 is rework, 0 where the order was closed; 第几次进入该环节，大于 1 为返工，结束为 0',
    from_stage LowCardinality(String) COMMENT 'Stage left, empty where the order was opened; 离开的环节，下单为空',
    from_team LowCardinality(String) COMMENT 'Team responsible for the stage left; 离开环节的负责团队',
    team LowCardinality(String) COMMENT 'Team responsible for the stage entered; 进入环节的负责团队',
    wait_seconds Float64 COMMENT 'Time between leaving the one and entering the other, seconds; 离开到进入之间的等待时长，秒',
    breached Bool COMMENT 'Whether the stay then exceeded its limit; 进入后是否超时',
    completed Bool COMMENT 'Whether the order was completed with the step; 订单是否随之完成',
    total_seconds Float64 COMMENT 'Time from opening to closing, seconds, 0 but where the order was closed; 订单周期，秒，非结束为 0',
    stage_seconds Float64 COMMENT 'Time inside of stages, seconds, 0 but where the order was closed; 环节内时长，秒，非结束为 0',
    touch_seconds Float64 COMMENT 'Working time inside of stages, seconds, 0 but where the order was closed; 环节内工作时长，秒，非结束为 0',
    version UInt64 COMMENT 'Version of the row, the greatest holds; 行版本，最大者有效',
    deleted UInt8 COMMENT 'Whether the row was taken back; 该行是否已撤回',
    INDEX order_id_range order_id TYPE minmax GRANULARITY 1,
    INDEX order_id_filter order_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY (process, day, order_id, unit, stage, visit)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Steps of orders from stage to stage, rolled up; 订单环节流转汇总';

CREATE TABLE IF NOT EXISTS takt_store.rolled
(
    name String COMMENT 'Table that is rolled up; 汇总表',
    until DateTime64(3, 'UTC') COMMENT 'Until when what was stored is rolled up, UTC; 已汇总的入库时间上限，UTC',
    written_at DateTime64(3, 'UTC') COMMENT 'When the roll-up began, UTC; 汇总开始时间，UTC',
    revision UInt64 MATERIALIZED toUInt64(toUnixTimestamp64Milli(written_at)) COMMENT 'Version of the row, the greatest holds; 行版本，最大者有效'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY name
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'How far roll-ups have come; 汇总进度'
