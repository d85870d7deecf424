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
        SELECT
            o.process AS process, o.order_id AS order_id, takt_week(o.process, assumeNotNull(o.closed_at)) AS week, (toString(o.channel), toString(o.region)) AS cell,
            dateDiff('millisecond', o.opened_at, assumeNotNull(o.closed_at)) / 1000 AS total
        FROM takt_store.orders AS o FINAL
        WHERE NOT o.deleted AND o.status = 'completed' AND o.closed_at IS NOT NULL
    ),
    weeks AS
    (
        SELECT process, week, count() AS n, quantilesExactInclusive(0.85, 0.9, 0.95)(total) AS q
        FROM closed
        GROUP BY process, week
    ),
    cells AS (SELECT process, week, cell, count() AS n FROM closed GROUP BY process, week, cell),
    mixed AS
    (
        -- The week's orders, weighed so that each cell has its share of the week before.
        SELECT c.process AS process, c.week AS week, quantileExactWeighted(0.9)(c.total, toUInt64(round(1000000 * w.weight))) AS p90
        FROM closed AS c
        INNER JOIN
        (
            SELECT a.process AS process, a.week AS week, a.cell AS cell, ifNull(b.n, 0) / a.n AS weight
            FROM cells AS a
            LEFT JOIN cells AS b ON a.process = b.process AND a.cell = b.cell AND a.week = b.week + 7
        ) AS w ON c.process = w.process AND c.week = w.week AND c.cell = w.cell
        GROUP BY process, week
        HAVING sum(w.weight) > 0
    ),
    tail AS
    (
        SELECT c.process AS process, c.order_id AS order_id, c.week AS week, c.total AS total
        FROM closed AS c
        INNER JOIN weeks AS w ON c.process = w.process AND c.week = w.week
        WHERE c.total >= w.q[1] AND c.total <= w.q[3]
    ),
    tails AS (SELECT process, week, count() AS n, avg(total) AS mean FROM tail GROUP BY process, week),
    parts AS
    (
        SELECT t.process AS process, t.week AS week, v.stage AS stage, sum(v.seconds) AS seconds
        FROM tail AS t
        INNER JOIN
        (
            SELECT process, order_id, stage, max(seconds_of) AS seconds
            FROM
            (
                SELECT process, order_id, stage, unit, sum(ifNull(wall_seconds, 0)) AS seconds_of
                FROM takt_store.visits FINAL
                WHERE NOT deleted AND (process, order_id) IN (SELECT process, order_id FROM tail)
                GROUP BY process, order_id, stage, unit
            )
            GROUP BY process, order_id, stage
        ) AS v ON t.process = v.process AND t.order_id = v.order_id
        GROUP BY process, week, stage
    ),
    means AS
    (
        SELECT t.process AS process, t.week AS week, s.stage AS stage, ifNull(p.seconds, 0) / t.n AS mean
        FROM tails AS t
        INNER JOIN (SELECT DISTINCT process, stage FROM parts) AS s ON t.process = s.process
        LEFT JOIN parts AS p ON t.process = p.process AND t.week = p.week AND s.stage = p.stage
    )
SELECT
    w.process AS process, w.week AS day, toLowCardinality(change.1) AS part, toLowCardinality(change.2) AS stage, change.3 AS seconds,
    w.q[2] AS p90_seconds, b.q[2] AS p90_before_seconds, w.n AS completed
FROM
(
    SELECT
        w.process AS process, w.week AS week, any(w.n) AS n, any(w.q) AS q, any(b.q) AS q_before, if(any(x.process) = '', any(w.q)[2], any(x.p90)) AS p90_mixed,
        arraySort(groupArray((toString(m.stage), m.mean - mb.mean))) AS moved, arraySum(arrayMap(s -> s.2, moved)) AS in_stages,
        any(t.mean) - any(tb.mean) AS total_moved
    FROM weeks AS w
    INNER JOIN weeks AS b ON w.process = b.process AND w.week = b.week + 7
    LEFT JOIN mixed AS x ON w.process = x.process AND w.week = x.week
    INNER JOIN tails AS t ON w.process = t.process AND w.week = t.week
    INNER JOIN tails AS tb ON w.process = tb.process AND w.week = tb.week + 7
    INNER JOIN means AS m ON w.process = m.process AND w.week = m.week
    INNER JOIN means AS mb ON m.process = mb.process AND m.stage = mb.stage AND w.week = mb.week + 7
    GROUP BY process, week
) AS w
INNER JOIN weeks AS b ON w.process = b.process AND w.week = b.week + 7
ARRAY JOIN arrayConcat(
    [('mix', '', q[2] - p90_mixed)],
    arrayMap(s -> ('stage', s.1, s.2), moved),
    [('queue', '', total_moved - in_stages), ('residual', '', p90_mixed - q_before[2] - total_moved)]) AS change
COMMENT 'Why a week was slower than the one before; 本周比上周慢在哪里';
