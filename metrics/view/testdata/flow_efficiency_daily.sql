SELECT
    process, day, count() AS completed, sum(total) AS total_seconds, sum(least(total, inside)) AS stage_seconds, sum(least(total, worked)) AS touch_seconds,
    total_seconds - stage_seconds AS between_seconds, if(total_seconds = 0, NULL, touch_seconds / total_seconds) AS efficiency
FROM
(
    SELECT process, day, order_id, total, sum(slowest) AS inside, sum(busiest) AS worked
    FROM
    (
        -- The orders asked stand right: their visits alone are put together.
        SELECT
            o.process AS process, o.day AS day, o.order_id AS order_id, o.total AS total, v.stage AS stage, v.visit AS visit,
            max(ifNull(v.wall_seconds, 0)) AS slowest, max(ifNull(v.working_seconds, 0)) AS busiest
        FROM (SELECT process, order_id, stage, visit, wall_seconds, working_seconds FROM takt_store.visits FINAL WHERE NOT deleted) AS v
        RIGHT JOIN
        (
            SELECT process, order_id, takt_day(process, assumeNotNull(closed_at)) AS day, dateDiff('millisecond', opened_at, assumeNotNull(closed_at)) / 1000 AS total
            FROM takt_store.orders FINAL
            WHERE NOT deleted AND status = 'completed' AND closed_at IS NOT NULL
        ) AS o ON o.process = v.process AND o.order_id = v.order_id
        GROUP BY process, day, order_id, total, stage, visit
    )
    GROUP BY process, day, order_id, total
)
GROUP BY process, day
