-- How promises are kept. Two halves of lateness, always together: what was delivered after its promise, and what
-- is open past it. A promise given as a date holds until the end of that day; cancelled orders are in neither.
-- The ladder: kept the last promise, the first, the date asked for, that in full, and without any fault.
-- In full: every unit that is known was delivered and nothing was reported short or lost; perfect: besides,
-- nothing was reported damaged, wrong, returned, exchanged, refunded or complained about.

CREATE OR REPLACE VIEW takt.late_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Begin of the day, week or month in the zone of the process; 日、周（周一）或月的起始日，按流程时区',
    delivered UInt64 COMMENT 'Orders completed that had a promise, count; 当日完成且有承诺的订单数，单',
    delivered_late UInt64 COMMENT 'Of them after the promise in force, count; 其中逾期交付，单',
    late_share Nullable(Float64) COMMENT 'Share delivered late, 0 to 1, NULL without deliveries; 已交付逾期率，0 到 1，无交付为 NULL',
    became_late UInt64 COMMENT 'Orders whose promise passed while they were open, count; 当日转为逾期的未交付订单数，单',
    open_late Int64 COMMENT 'Orders open past their promise at the end of the day, count; 日末未交付逾期数，单',
    delivered_late_amount Float64 COMMENT 'Money of those delivered late, mixed currencies added as they stand; 逾期交付金额，不同币种直接相加',
    open_late_amount Float64 COMMENT 'Money of those open past their promise, mixed currencies added as they stand; 未交付逾期金额，不同币种直接相加'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, day, toUInt64(done) AS delivered, toUInt64(late) AS delivered_late, if(done = 0, NULL, late / done) AS late_share, toUInt64(fell) AS became_late,
    toInt64(sum(fell - ended) OVER days) AS open_late, late_money AS delivered_late_amount, round(sum(fell_money - ended_money) OVER days, 2) AS open_late_amount
FROM
(
    -- Every day has a row, so that what is open stands on days without any change.
    SELECT
        process, change.1 AS day, sum(change.2) AS done, sum(change.3) AS late, sum(change.4) AS fell, sum(change.5) AS ended,
        sum(change.6) AS late_money, sum(change.7) AS fell_money, sum(change.8) AS ended_money
    FROM
    (
        SELECT
            process, arrayJoin(arrayConcat(groupArray((day, done, late, fell, ended, late_money, fell_money, ended_money)),
                arrayMap(i -> (toDate(min(day) + i), toInt64(0), toInt64(0), toInt64(0), toInt64(0), 0., 0., 0.), range(toUInt64(greatest(0, takt_day(process, now64(3, 'UTC')) - min(day) + 1)))))) AS change
        FROM
        (
            SELECT
                process, change.1 AS day, toInt64(sum(change.2)) AS done, toInt64(sum(change.3)) AS late, toInt64(sum(change.4)) AS fell, toInt64(sum(change.5)) AS ended,
                sum(change.3 * money) AS late_money, sum(change.4 * money) AS fell_money, sum(change.5 * money) AS ended_money
            FROM
            (
                SELECT
                    process, toFloat64(ifNull(amount, 0)) AS money, assumeNotNull(promise_due_at) AS due, ifNull(closed_at, toDateTime64('2200-01-01 00:00:00', 3, 'UTC')) AS closed,
                    due < least(closed, now64(3, 'UTC')) AND (status != 'cancelled' OR due < closed) AS over,
                    arrayJoin(arrayFilter(c -> c.2 + c.4 + c.5 > 0, [
                        (takt_day(process, closed), toInt64(status = 'completed'), toInt64(status = 'completed' AND closed > due), toInt64(0), toInt64(over AND status != 'open')),
                        (takt_day(process, due), toInt64(0), toInt64(0), toInt64(over), toInt64(0))])) AS change
                FROM takt.orders
                WHERE promise_due_at IS NOT NULL
            )
            GROUP BY process, day
        )
        GROUP BY process
    )
    GROUP BY process, day
)
WINDOW days AS (PARTITION BY process ORDER BY day ROWS UNBOUNDED PRECEDING)
COMMENT 'Lateness by day, both halves; 每日逾期：已交付与未交付';

CREATE OR REPLACE VIEW takt.promise_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Begin of the day, week or month in the zone of the process; 日、周（周一）或月的起始日，按流程时区',
    completed UInt64 COMMENT 'Orders completed, count; 完成订单数，单',
    last_promised UInt64 COMMENT 'Of them with a promise, count; 其中有承诺的订单数，单',
    last_kept UInt64 COMMENT 'Of them by the promise in force, count; 按现行承诺交付，单',
    first_promised UInt64 COMMENT 'With a first promise, count; 有首次承诺的订单数，单',
    first_kept UInt64 COMMENT 'Of them by the first promise, count; 按首次承诺交付，单',
    requested UInt64 COMMENT 'With a date that the customer asked for, count; 有客户要求时间的订单数，单',
    requested_kept UInt64 COMMENT 'Of them by that date, count; 按客户要求时间交付，单',
    in_full UInt64 COMMENT 'Of the requested ones also complete, count; 按要求时间且足量交付，单',
    perfect UInt64 COMMENT 'Of those also without any fault, count; 完美订单：按时足量且无差错，单',
    rewritten UInt64 COMMENT 'With a promise changed after the first, count; 承诺被改期的订单数，单',
    rewritten_late UInt64 COMMENT 'Of them changed when the promise had passed already, count; 其中逾期后才改期，单',
    drift_p50_seconds Nullable(Float64) COMMENT 'Median of last less first promise of those rewritten, seconds, NULL without any; 改期幅度（末次减首次）中位数，秒，无则为 NULL',
    drift_p90_seconds Nullable(Float64) COMMENT 'Drift that nine of ten rewritten ones keep, seconds, NULL without any; 九成改期订单不超过的幅度，秒，无则为 NULL'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, day, count() AS completed,
    count(due) AS last_promised, countIf(closed <= due) AS last_kept,
    count(first_due) AS first_promised, countIf(closed <= first_due) AS first_kept,
    count(asked) AS requested, countIf(closed <= asked) AS requested_kept,
    countIf(closed <= asked AND NOT short) AS in_full, countIf(closed <= asked AND NOT short AND NOT faulty) AS perfect,
    countIf(changes > 0) AS rewritten, countIf(changes_late > 0) AS rewritten_late,
    if(rewritten = 0, NULL, quantileExactInclusiveIf(0.5)(drift, changes > 0)) AS drift_p50_seconds,
    if(rewritten = 0, NULL, quantileExactInclusiveIf(0.9)(drift, changes > 0)) AS drift_p90_seconds
FROM
(
    -- Whether a promise was late when it was changed is told by the one before it.
    SELECT
        process, day, order_id, closed, due, first_due, argMaxIf(p.due_at, p.given_at, p.kind = 'requested') AS asked,
        arraySort(groupArrayIf((p.given_at, assumeNotNull(p.due_at)), p.kind != 'requested' AND p.due_at IS NOT NULL)) AS given,
        arrayCount((now, before) -> now.2 != before.2, arrayPopFront(given), arrayPopBack(given)) AS changes,
        arrayCount((now, before) -> now.2 != before.2 AND now.1 > before.2, arrayPopFront(given), arrayPopBack(given)) AS changes_late,
        (process, order_id) IN
        (
            SELECT process, order_id FROM takt_store.exceptions FINAL
            WHERE NOT deleted AND NOT withdrawn AND kind IN ('stock_out', 'material_shortage', 'lost', 'missing', 'paid_without_stock')
        ) AS short,
        (process, order_id) IN
        (
            SELECT process, order_id FROM takt_store.exceptions FINAL
            WHERE NOT deleted AND NOT withdrawn
                AND kind NOT IN ('overdue', 'at_risk', 'stuck', 'promise_rewritten', 'promise_broken', 'rework', 'out_of_path', 'sequence_violation', 'skipped')
        ) AS faulty,
        ifNull(dateDiff('millisecond', first_due, due), 0) / 1000 AS drift
    FROM
    (
        SELECT
            o.process AS process, o.day AS day, o.order_id AS order_id, o.closed AS closed, o.due AS due, o.first_due AS first_due, p.kind, p.given_at, p.due_at
        FROM (SELECT process, order_id, kind, given_at, due_at FROM takt_store.promises FINAL WHERE NOT deleted) AS p
        RIGHT JOIN
        (
            SELECT process, order_id, takt_period(process, assumeNotNull(closed_at)) AS day, assumeNotNull(closed_at) AS closed, promise_due_at AS due, promise_first_due_at AS first_due
            FROM takt_store.orders FINAL
            WHERE NOT deleted AND status = 'completed' AND closed_at IS NOT NULL
        ) AS o ON o.process = p.process AND o.order_id = p.order_id
    ) AS p
    GROUP BY process, day, order_id, closed, due, first_due
)
GROUP BY process, day
COMMENT 'The ladder of promises by day of completion; 承诺兑现阶梯（按完成日）';
