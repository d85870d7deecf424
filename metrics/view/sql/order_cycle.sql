-- From opening to closing. Touch is the working time inside of stages, of the slowest unit where an order has several;
-- flow efficiency is its share of all the time that passed.

CREATE OR REPLACE VIEW takt.order_cycle_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Begin of the day, week or month in the zone of the process; 日、周（周一）或月的起始日，按流程时区',
    completed UInt64 COMMENT 'Orders completed, count; 完成订单数，单',
    cancelled UInt64 COMMENT 'Orders cancelled, count; 取消订单数，单',
    cycle_p50_seconds Nullable(Float64) COMMENT 'Median time from opening to completion, seconds; 订单周期中位数，秒',
    cycle_p90_seconds Nullable(Float64) COMMENT 'Time that nine of ten completed orders keep, seconds; 九成订单不超过的周期，秒',
    cycle_p95_seconds Nullable(Float64) COMMENT 'Time that 95 % of completed orders keep, seconds; 95% 订单不超过的周期，秒',
    amount Float64 COMMENT 'Money of the completed orders, mixed currencies added as they stand; 完成订单金额，不同币种直接相加'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, takt_period(process, assumeNotNull(closed_at)) AS day, countIf(status = 'completed') AS completed, countIf(status = 'cancelled') AS cancelled,
    if(completed = 0, [NULL, NULL, NULL], arrayMap(q -> toNullable(q), quantilesExactInclusiveIf(0.5, 0.9, 0.95)(dateDiff('millisecond', opened_at, assumeNotNull(closed_at)) / 1000, status = 'completed'))) AS cycle,
    cycle[1] AS cycle_p50_seconds, cycle[2] AS cycle_p90_seconds, cycle[3] AS cycle_p95_seconds, sumIf(toFloat64(ifNull(amount, 0)), status = 'completed') AS amount
FROM takt_store.orders FINAL
WHERE NOT deleted AND closed_at IS NOT NULL
GROUP BY process, day
COMMENT 'Time from opening to completion; 订单周期';

CREATE OR REPLACE VIEW takt.flow_efficiency_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Begin of the day, week or month in the zone of the process; 日、周（周一）或月的起始日，按流程时区',
    completed UInt64 COMMENT 'Orders completed, count; 完成订单数，单',
    total_seconds Float64 COMMENT 'Time from opening to completion, summed, seconds; 订单周期合计，秒',
    stage_seconds Float64 COMMENT 'Of it time inside of stages, summed, seconds; 其中环节内时长合计，秒',
    touch_seconds Float64 COMMENT 'Of it working time inside of stages, summed, seconds; 其中环节内工作时长合计，秒',
    between_seconds Float64 COMMENT 'Of it time between stages, summed, seconds; 其中环节之间的等待时长合计，秒',
    efficiency Nullable(Float64) COMMENT 'Working time inside of stages by all time, 0 to 1; 流动效率：环节内工作时长占总时长，0 到 1'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    s.process AS process, takt_start(s.day) AS day, count() AS completed, sum(s.total_seconds) AS total_seconds, sum(least(s.total_seconds, s.stage_seconds)) AS stage_seconds,
    sum(least(s.total_seconds, s.touch_seconds)) AS touch_seconds, total_seconds - stage_seconds AS between_seconds, if(total_seconds = 0, NULL, touch_seconds / total_seconds) AS efficiency
FROM takt.steps AS s
WHERE s.completed
GROUP BY process, day
COMMENT 'Share of time in which orders are worked on; 流动效率';

-- How things would stand, had no visit of the stage exceeded its limit: an order's time beyond it is that of its
-- slowest unit, over all its visits of the stage.

CREATE OR REPLACE VIEW takt.late_had_met_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Begin of the day, week or month in the zone of the process; 日、周（周一）或月的起始日，按流程时区',
    stage LowCardinality(String) COMMENT 'Stage that is thought to have met its limit; 假设未超时的环节',
    delivered_late UInt64 COMMENT 'Orders delivered late that exceeded a limit there, count; 在该环节超时的逾期交付订单数，单',
    saved UInt64 COMMENT 'Of them in time, had the stage met its limit, count; 若该环节未超时可按时交付，单',
    beyond_seconds Float64 COMMENT 'Time beyond the limit in those orders, summed, seconds; 这些订单在该环节超出时限的时长合计，秒'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT process, takt_period(process, closed) AS day, stage, count() AS delivered_late, countIf(beyond >= late_ms) AS saved, sum(beyond) / 1000 AS beyond_seconds
FROM
(
    SELECT process, stage, order_id, any(closed_of) AS closed, any(late_of) AS late_ms, max(unit_beyond) AS beyond
    FROM
    (
        SELECT
            v.process AS process, v.stage AS stage, v.order_id AS order_id, v.unit AS unit, any(o.closed) AS closed_of, any(o.late) AS late_of,
            sum(greatest(0, dateDiff('millisecond', assumeNotNull(v.due_at), assumeNotNull(v.left_at)))) AS unit_beyond
        FROM (SELECT process, order_id, unit, stage, left_at, due_at FROM takt_store.visits FINAL WHERE NOT deleted AND due_at IS NOT NULL AND left_at > due_at) AS v
        INNER JOIN
        (
            SELECT process, order_id, assumeNotNull(closed_at) AS closed, dateDiff('millisecond', assumeNotNull(promise_due_at), closed) AS late
            FROM takt_store.orders FINAL
            WHERE NOT deleted AND status = 'completed' AND closed_at > promise_due_at
        ) AS o ON v.process = o.process AND v.order_id = o.order_id
        GROUP BY process, stage, order_id, unit
    )
    GROUP BY process, stage, order_id
)
GROUP BY process, day, stage
COMMENT 'Late orders, had a stage met its limit; 若环节未超时的逾期订单';
