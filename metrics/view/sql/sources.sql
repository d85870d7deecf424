-- How fresh what is shown is, by source.

CREATE OR REPLACE VIEW takt.source_freshness
(
    source LowCardinality(String) COMMENT 'Source system; 来源系统',
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    topic LowCardinality(String) COMMENT 'Topic of the log; 日志主题',
    data_until Nullable(DateTime64(3, 'UTC')) COMMENT 'Append time of the latest record taken, UTC, NULL if not told; 数据截至：最后读取记录的写入时间，UTC，未知为 NULL',
    silent_seconds Nullable(Float64) COMMENT 'Since then, seconds, NULL if not told; 距今时长，秒，未知为 NULL',
    written_at DateTime64(3, 'UTC') COMMENT 'Latest flush, UTC; 最近一次入库时间，UTC',
    records_hour UInt64 COMMENT 'Records taken in the last hour, count; 最近一小时读取的记录数，条',
    partitions UInt64 COMMENT 'Partitions that records came from, count; 有记录的分区数，个'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    source, process, topic,
    if(max(last_append) = 0, NULL, fromUnixTimestamp64Milli(max(last_append), 'UTC')) AS data_until,
    if(data_until IS NULL, NULL, greatest(0, dateDiff('millisecond', data_until, now64(3, 'UTC'))) / 1000) AS silent_seconds,
    max(p.written_at) AS written_at, sumIf(records, p.written_at > now64(3, 'UTC') - INTERVAL 1 HOUR) AS records_hour, uniqExact(partition) AS partitions
FROM takt_store.progress AS p FINAL
GROUP BY source, process, topic
COMMENT 'How fresh the data of each source are; 各来源数据新鲜度';
