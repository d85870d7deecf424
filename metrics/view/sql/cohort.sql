-- How far the orders of a day have come after k days. A figure is told only once all of the day's orders have had
-- that long: fresh days would look bad, or good, for being young.

CREATE OR REPLACE VIEW takt.cohort_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Begin of the day, week or month on which the orders were opened, in the zone of the process; 下单的日、周（周一）或月的起始日，按流程时区',
    within_days UInt8 COMMENT 'Days since each order was opened, k; 自下单起的天数 k',
    orders UInt64 COMMENT 'Orders opened, count; 下单数，单',
    completed UInt64 COMMENT 'Of them completed within k days, count; 其中 k 天内完成，单',
    cancelled UInt64 COMMENT 'Of them cancelled within k days, count; 其中 k 天内取消，单',
    mature Bool COMMENT 'Whether all of them are older than k days; 是否全部已满 k 天',
    completed_share Nullable(Float64) COMMENT 'Share completed of those not cancelled within k days, 0 to 1, NULL until mature; k 天内完成率（不计取消），0 到 1，未满 k 天为 NULL'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, takt_period(process, opened_at) AS day, toUInt8(days_of) AS within_days, count() AS orders,
    countIf(status = 'completed' AND took <= days_of * 86400000) AS completed, countIf(status = 'cancelled' AND took <= days_of * 86400000) AS cancelled,
    max(opened_at) + toIntervalDay(days_of) <= now64(3, 'UTC') AND takt_period(process, now64(3, 'UTC')) > day AS mature,
    if(mature AND orders > cancelled, completed / (orders - cancelled), NULL) AS completed_share
FROM
(
    SELECT process, opened_at, status, ifNull(dateDiff('millisecond', opened_at, closed_at), 9000000000000) AS took, arrayJoin([1, 2, 3, 7, 14, 30]) AS days_of
    FROM takt_store.orders FINAL
    WHERE NOT deleted AND status IN ('open', 'completed', 'cancelled') AND opened_at <= now64(3, 'UTC')
)
GROUP BY process, day, days_of
COMMENT 'How many orders of a day are done after k days; 下单批次在 k 天内的完成率';

-- The product-limit estimator of Kaplan and Meier (1958) over the visits entered in the last 28 days: finished ones are
-- events, open and abandoned ones are known to have lasted at least so long. While a queue grows, percentiles of
-- finished visits alone are too low.

CREATE OR REPLACE VIEW takt.stage_survival
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    stage LowCardinality(String) COMMENT 'Stage of the process; 流程环节',
    finished UInt64 COMMENT 'Visits entered in the last 28 days and finished, count; 近 28 天进入且已完成，次',
    open UInt64 COMMENT 'Of the visits entered, those under way, count; 其中仍在办，次',
    finished_p50_seconds Nullable(Float64) COMMENT 'Median time of the finished ones, seconds; 已完成者耗时中位数，秒',
    finished_p90_seconds Nullable(Float64) COMMENT 'Time that nine of ten finished ones keep, seconds; 九成已完成者不超过的耗时，秒',
    p50_seconds Nullable(Float64) COMMENT 'Median time with the open ones, seconds, NULL if half are not finished yet; 计入在办者的耗时中位数，秒，完成不足一半为 NULL',
    p90_seconds Nullable(Float64) COMMENT 'Time that nine of ten keep, with the open ones, seconds, NULL if too few are finished; 计入在办者九成不超过的耗时，秒，完成不足为 NULL'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, stage, toUInt64(sum(ended)) AS finished, toUInt64(sum(waiting)) AS open,
    if(finished = 0, NULL, quantileExactInclusiveArrayIf(0.5)(arrayWithConstant(ended, seconds), ended > 0)) AS finished_p50_seconds,
    if(finished = 0, NULL, quantileExactInclusiveArrayIf(0.9)(arrayWithConstant(ended, seconds), ended > 0)) AS finished_p90_seconds,
    if(min(survival) > 0.5 + 1e-9, NULL, minIf(seconds, survival <= 0.5 + 1e-9)) AS p50_seconds, if(min(survival) > 0.1 + 1e-9, NULL, minIf(seconds, survival <= 0.1 + 1e-9)) AS p90_seconds
FROM
(
    SELECT
        process, stage, seconds, ended, waiting,
        exp(sum(if(ended = at_risk, -100., log(1 - ended / at_risk))) OVER (PARTITION BY process, stage ORDER BY seconds ROWS UNBOUNDED PRECEDING)) AS survival
    FROM
    (
        SELECT
            process, stage, seconds, ended, waiting,
            sum(ended + censored) OVER (PARTITION BY process, stage) - sum(ended + censored) OVER (PARTITION BY process, stage ORDER BY seconds ROWS UNBOUNDED PRECEDING) + ended + censored AS at_risk
        FROM
        (
            SELECT
                process, stage, ifNull(wall_seconds, dateDiff('millisecond', entered_at, now64(3, 'UTC')) / 1000) AS seconds,
                toInt64(countIf(outcome = 'finished')) AS ended, toInt64(countIf(outcome != 'finished')) AS censored, toInt64(countIf(outcome = 'open')) AS waiting
            FROM takt.visits
            WHERE entered_at > now64(3, 'UTC') - INTERVAL 28 DAY AND entered_at <= now64(3, 'UTC')
            GROUP BY process, stage, seconds
        )
    )
)
GROUP BY process, stage
COMMENT 'Time in stages with what is still open; 计入在办停留的环节耗时';
