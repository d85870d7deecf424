-- How fast exceptions are answered, located and resolved, by day and kind and over all kinds: quantiles of groups do
-- not add up to those of the whole.

CREATE OR REPLACE VIEW takt.exception_answers_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Begin of the day, week or month on which they were opened, in the zone of the process; 触发的日、周（周一）或月的起始日，按流程时区',
    kind LowCardinality(String) COMMENT 'Kind of exception, empty for all kinds together; 异常类型，空为全部类型合计',
    exceptions UInt64 COMMENT 'Exceptions not withdrawn, count; 未撤回的异常数，个',
    still_open UInt64 COMMENT 'Of them those on which somebody still has to act, count; 其中仍需处理，个',
    acknowledged UInt64 COMMENT 'Of them answered by a person, count; 其中已有人认领，个',
    acknowledge_p50_seconds Nullable(Float64) COMMENT 'Median time to the first answer, seconds, NULL without any; 认领时长中位数，秒，无则为 NULL',
    acknowledge_p90_seconds Nullable(Float64) COMMENT 'Time to the first answer that nine of ten keep, seconds, NULL without any; 九成不超过的认领时长，秒，无则为 NULL',
    located UInt64 COMMENT 'Of them with a known stage and owner, count; 其中已定位环节与责任人，个',
    locate_p50_seconds Nullable(Float64) COMMENT 'Median time to known stage and owner, seconds, NULL without any; 定位时长中位数，秒，无则为 NULL',
    locate_p90_seconds Nullable(Float64) COMMENT 'Time to known stage and owner that nine of ten keep, seconds, NULL without any; 九成不超过的定位时长，秒，无则为 NULL',
    resolved UInt64 COMMENT 'Of them resolved, count; 其中已解决，个',
    resolve_p50_seconds Nullable(Float64) COMMENT 'Median time to the resolution, seconds, NULL without any; 解决时长中位数，秒，无则为 NULL',
    resolve_p90_seconds Nullable(Float64) COMMENT 'Time to the resolution that nine of ten keep, seconds, NULL without any; 九成不超过的解决时长，秒，无则为 NULL',
    escalated UInt64 COMMENT 'Of them escalated for want of an answer, count; 其中因无人认领而升级，个',
    reopened UInt64 COMMENT 'Of them reopened at least once, count; 其中至少重开一次，个'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, takt_period(process, opened_at) AS day, toLowCardinality(of_kind) AS kind, count() AS exceptions, countIf(e.open) AS still_open,
    count(acknowledge_seconds) AS acknowledged, quantileExactInclusiveOrNull(0.5)(acknowledge_seconds) AS acknowledge_p50_seconds, quantileExactInclusiveOrNull(0.9)(acknowledge_seconds) AS acknowledge_p90_seconds,
    count(locate_seconds) AS located, quantileExactInclusiveOrNull(0.5)(locate_seconds) AS locate_p50_seconds, quantileExactInclusiveOrNull(0.9)(locate_seconds) AS locate_p90_seconds,
    count(resolve_seconds) AS resolved, quantileExactInclusiveOrNull(0.5)(resolve_seconds) AS resolve_p50_seconds, quantileExactInclusiveOrNull(0.9)(resolve_seconds) AS resolve_p90_seconds,
    count(escalated_at) AS escalated, countIf(e.reopened > 0) AS reopened
FROM takt.exception_states AS e
ARRAY JOIN ['', toString(e.kind)] AS of_kind
WHERE state != 'withdrawn'
GROUP BY process, day, of_kind
COMMENT 'How fast exceptions are answered, located and resolved; 异常认领、定位与解决时效';
