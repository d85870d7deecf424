-- Why a week was slower than the one before. The 90th percentile of the time from opening to completion moved by
--
--   mix      what it would not have moved, had each channel and region had the share of the week before
--   stage    how the mean time in each stage moved among the orders around the percentile (85th to 95th)
--   queue    how their mean time outside of all stages moved
--   residual the rest: the four add up to the change
--
-- An order's time in a stage is that of its slowest unit, over all its visits.

CREATE OR REPLACE VIEW takt.cycle_change_weekly
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Monday of the week, in the zone of the process; 周一的日期，按流程时区',
    part LowCardinality(String) COMMENT 'Where it comes from: mix, stage, queue or residual; 变化来源：mix 订单结构、stage 环节、queue 环节间等待、residual 其余',
    stage LowCardinality(String) COMMENT 'Stage of the process, of part stage; 流程环节（part 为 stage 时）',
    seconds Float64 COMMENT 'What this part adds to the change, seconds; 对变化的贡献，秒',
    p90_seconds Float64 COMMENT 'Time that nine of ten orders completed in the week keep, seconds; 本周九成订单不超过的周期，秒',
    p90_before_seconds Float64 COMMENT 'The same of the week before, seconds; 上周九成订单不超过的周期，秒',
    completed UInt64 COMMENT 'Orders completed in the week, count; 本周完成订单数，单'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
WITH
    closed AS
    (
        -- Each order twice: for its own week, and for the next one as what was before. So a condition on the day
        -- reaches the index on time.
        SELECT
            o.process AS process, o.order_id AS order_id, takt_week(o.process, assumeNotNull(o.closed_at)) AS day, false AS earlier, (toString(o.channel), toString(o.region)) AS cell,
            dateDiff('millisecond', o.opened_at, assumeNotNull(o.closed_at)) / 1000 AS total
        FROM takt_store.orders AS o FINAL
        WHERE NOT o.deleted AND o.status = 'completed' AND o.closed_at IS NOT NULL
        UNION ALL
        SELECT
            o.process, o.order_id, takt_week(o.process, assumeNotNull(o.closed_at)) + 7, true, (toString(o.channel), toString(o.region)),
            dateDiff('millisecond', o.opened_at, assumeNotNull(o.closed_at)) / 1000
        FROM takt_store.orders AS o FINAL
        WHERE NOT o.deleted AND o.status = 'completed' AND o.closed_at IS NOT NULL
    ),
    weeks AS
    (
        -- Mixed: the week's orders, weighed so that each cell has its share of the week before.
        SELECT
            process, day, sum(length(totals)) AS n, quantilesExactInclusiveArray(0.85, 0.9, 0.95)(totals) AS q, quantilesExactInclusiveArray(0.85, 0.9, 0.95)(totals_before) AS q_before,
            if(sum(weight) > 0, quantileExactWeightedArray(0.9)(totals, arrayWithConstant(length(totals), toUInt64(round(1000000 * weight)))), q[2]) AS p90_mixed
        FROM
        (
            SELECT
                process, day, cell, groupArrayIf(total, NOT earlier) AS totals, groupArrayIf(total, earlier) AS totals_before,
                if(empty(totals), 0, length(totals_before) / length(totals)) AS weight
            FROM closed
            GROUP BY process, day, cell
        )
        GROUP BY process, day
        HAVING n > 0 AND sum(length(totals_before)) > 0
    ),
    tail AS
    (
        SELECT c.process AS process, c.order_id AS order_id, c.day AS day, c.earlier AS earlier, c.total AS total
        FROM closed AS c
        INNER JOIN weeks AS w ON c.process = w.process AND c.day = w.day
        WHERE c.total >= if(c.earlier, w.q_before[1], w.q[1]) AND c.total <= if(c.earlier, w.q_before[3], w.q[3])
    ),
    means AS
    (
        SELECT process, day, earlier, avg(total) AS mean, mapApply((stage, seconds) -> (stage, seconds / count()), sumMap(in_stages)) AS stages
        FROM
        (
            SELECT process, day, earlier, order_id, any(total_of) AS total, sumMap(map(stage, slowest)) AS in_stages
            FROM
            (
                SELECT process, day, earlier, order_id, stage, any(total_of) AS total_of, max(seconds) AS slowest
                FROM
                (
                    SELECT
                        t.process AS process, t.day AS day, t.earlier AS earlier, t.order_id AS order_id, toString(v.stage) AS stage, v.unit AS unit,
                        any(t.total) AS total_of, sum(ifNull(v.wall_seconds, 0)) AS seconds
                    FROM (SELECT process, order_id, stage, unit, wall_seconds FROM takt_store.visits FINAL WHERE NOT deleted) AS v
                    RIGHT JOIN tail AS t ON t.process = v.process AND t.order_id = v.order_id
                    GROUP BY process, day, earlier, order_id, stage, unit
                )
                GROUP BY process, day, earlier, order_id, stage
            )
            GROUP BY process, day, earlier, order_id
        )
        GROUP BY process, day, earlier
    )
SELECT
    process, day, toLowCardinality(change.1) AS part, toLowCardinality(change.2) AS stage, change.3 AS seconds,
    p90 AS p90_seconds, p90_before AS p90_before_seconds, completed_of AS completed
FROM
(
    SELECT
        w.process AS process, w.day AS day, w.n AS completed_of, w.q[2] AS p90, w.q_before[2] AS p90_before, w.p90_mixed AS mixed, m.total_moved AS total_moved,
        -- An order without visits is in no stage.
        arrayFilter(s -> s.1 != '', m.moved) AS moved
    FROM weeks AS w
    INNER JOIN
    (
        SELECT
            process, day, anyIf(mean, NOT earlier) - anyIf(mean, earlier) AS total_moved, anyIf(stages, NOT earlier) AS now, anyIf(stages, earlier) AS before,
            arrayMap(s -> (s, now[s] - before[s]), arraySort(arrayDistinct(arrayConcat(mapKeys(now), mapKeys(before))))) AS moved
        FROM means
        GROUP BY process, day
        HAVING count() = 2
    ) AS m ON w.process = m.process AND w.day = m.day
)
ARRAY JOIN arrayConcat(
    [('mix', '', p90 - mixed)],
    arrayMap(s -> ('stage', s.1, s.2), moved),
    [('queue', '', total_moved - arraySum(arrayMap(s -> s.2, moved))), ('residual', '', mixed - p90_before - total_moved)]) AS change
COMMENT 'Why a week was slower than the one before; 本周比上周慢在哪里';
