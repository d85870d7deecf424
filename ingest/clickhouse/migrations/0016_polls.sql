-- How far systems that only answer have been asked.

CREATE TABLE IF NOT EXISTS takt_store.polls
(
    source LowCardinality(String) COMMENT 'Configured name of the source; 配置中的来源名',
    reached DateTime64(3, 'UTC') COMMENT 'End of the last window asked for, UTC; 最近一次拉取窗口的终点，UTC',
    records UInt64 COMMENT 'Records that the window had, count; 该窗口的记录数，条',
    written_at DateTime64(3, 'UTC') COMMENT 'When it was recorded, UTC; 记录时间，UTC',
    revision UInt64 MATERIALIZED toUInt64(toUnixTimestamp64Milli(written_at)) COMMENT 'Version of the row, the greatest holds; 行版本，最大者有效'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY source
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'How far sources were polled; 各来源的拉取进度';

CREATE OR REPLACE VIEW takt.polls
(
    source LowCardinality(String) COMMENT 'Configured name of the source; 配置中的来源名',
    reached DateTime64(3, 'UTC') COMMENT 'End of the last window asked for, UTC; 最近一次拉取窗口的终点，UTC',
    records UInt64 COMMENT 'Records that the window had, count; 该窗口的记录数，条',
    written_at DateTime64(3, 'UTC') COMMENT 'When it was recorded, UTC; 记录时间，UTC'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT source, reached, records, written_at
FROM takt_store.polls FINAL
COMMENT 'How far sources were polled; 各来源的拉取进度';
