-- Processes themselves: views need their zones. And what view definitions were applied.

CREATE TABLE IF NOT EXISTS takt_store.processes
(
    process LowCardinality(String) COMMENT 'Process; 流程',
    position UInt16 COMMENT 'Place in the configuration from 1; 配置中的位置，从 1 起',
    title_en String COMMENT 'Title in English; 英文名称',
    title_zh String COMMENT 'Title in Chinese; 中文名称',
    timezone LowCardinality(String) COMMENT 'Zone of its days, IANA name; 日期所用时区，IANA 名称',
    promise_objective Nullable(Float64) COMMENT 'Share of orders that should keep their promise, 0 to 1, NULL without; 应按承诺交付的比例，0 到 1，未设为 NULL',
    promise_granularity LowCardinality(String) COMMENT 'How long a promise holds: instant or day; 承诺精度：instant 精确到时刻、day 到当日结束',
    valid_from DateTime64(3, 'UTC') COMMENT 'When this version was first seen, UTC; 该版本首次出现的时间，UTC',
    revision UInt64 MATERIALIZED toUInt64(toUnixTimestamp64Milli(valid_from)) COMMENT 'Version of the row, the greatest holds; 行版本，最大者有效'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (process, valid_from)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Versions of the processes; 流程的各版本';

CREATE TABLE IF NOT EXISTS takt_store.views
(
    name String COMMENT 'Relation of the database takt; takt 库中的关系',
    definition UInt64 COMMENT 'Hash of the statement that made it; 建立语句的哈希',
    dropped UInt8 COMMENT 'Whether it was taken away; 是否已移除',
    written_at DateTime64(3, 'UTC') COMMENT 'When it was applied, UTC; 执行时间，UTC',
    revision UInt64 MATERIALIZED toUInt64(toUnixTimestamp64Milli(written_at)) COMMENT 'Version of the row, the greatest holds; 行版本，最大者有效'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY name
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Views of indicators applied; 已建立的指标视图';

CREATE OR REPLACE VIEW takt.processes
(
    process LowCardinality(String) COMMENT 'Process; 流程',
    position UInt16 COMMENT 'Place in the configuration from 1; 配置中的位置，从 1 起',
    title_en String COMMENT 'Title in English; 英文名称',
    title_zh String COMMENT 'Title in Chinese; 中文名称',
    timezone LowCardinality(String) COMMENT 'Zone of its days, IANA name; 日期所用时区，IANA 名称',
    promise_objective Nullable(Float64) COMMENT 'Share of orders that should keep their promise, 0 to 1, NULL without; 应按承诺交付的比例，0 到 1，未设为 NULL',
    promise_granularity LowCardinality(String) COMMENT 'How long a promise holds: instant or day; 承诺精度：instant 精确到时刻、day 到当日结束',
    valid_from DateTime64(3, 'UTC') COMMENT 'When this version was first seen, UTC; 该版本首次出现的时间，UTC'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, position, title_en, title_zh, timezone, promise_objective, promise_granularity, valid_from
FROM takt_store.processes FINAL
ORDER BY valid_from DESC
LIMIT 1 BY process
COMMENT 'Processes in force; 现行流程';
