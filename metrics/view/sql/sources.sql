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

CREATE OR REPLACE VIEW takt.recording_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Begin of the day, week or month in the zone of the process; 日、周（周一）或月的起始日，按流程时区',
    source LowCardinality(String) COMMENT 'Source system; 来源系统',
    events UInt64 COMMENT 'Events that happened, count; 事件数，条',
    told UInt64 COMMENT 'Of them with the time of recording, count; 其中带记录时间，条',
    late UInt64 COMMENT 'Of them recorded more than a minute after they happened, count; 其中晚于发生一分钟以上才记录，条',
    late_share Nullable(Float64) COMMENT 'Share recorded late, 0 to 1, NULL if not told; 补录率，0 到 1，未知为 NULL',
    lag_p50_seconds Nullable(Float64) COMMENT 'Median time from happening to recording, seconds, NULL if not told; 记录滞后中位数，秒，未知为 NULL',
    lag_p90_seconds Nullable(Float64) COMMENT 'Time that nine of ten recordings keep, seconds, NULL if not told; 九成记录不超过的滞后，秒，未知为 NULL'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, takt_period(process, occurred_at) AS day, source, count() AS events, countIf(lag IS NOT NULL) AS told, countIf(lag > 60) AS late,
    if(told = 0, NULL, late / told) AS late_share,
    if(told = 0, [NULL, NULL], arrayMap(q -> toNullable(q), quantilesExactInclusiveIf(0.5, 0.9)(ifNull(lag, 0), lag IS NOT NULL))) AS lags,
    lags[1] AS lag_p50_seconds, lags[2] AS lag_p90_seconds
FROM (SELECT process, occurred_at, source, if(recorded_at IS NULL, NULL, greatest(0, dateDiff('millisecond', occurred_at, recorded_at)) / 1000) AS lag FROM takt_store.events FINAL WHERE NOT deleted)
GROUP BY process, day, source
COMMENT 'How late events are recorded; 事件补录情况';

CREATE OR REPLACE VIEW takt.dead_letters_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Begin of the day, week or month in the zone of the process; 日、周（周一）或月的起始日，按流程时区',
    source LowCardinality(String) COMMENT 'Source system; 来源系统',
    reason LowCardinality(String) COMMENT 'Why they could not be taken; 无法处理的原因',
    field LowCardinality(String) COMMENT 'Field at fault; 出错字段',
    records UInt64 COMMENT 'Records that could not be taken, count; 无法处理的记录数，条'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT process, takt_period(process, ifNull(appended_at, written_at)) AS day, source, reason, field, count() AS records
FROM takt.dead_letters
GROUP BY process, day, source, reason, field
COMMENT 'Records that could not be taken, by day; 每日无法处理的记录';
