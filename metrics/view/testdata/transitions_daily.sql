SELECT
    process, day, toLowCardinality(step.1) AS from_stage, toLowCardinality(step.2) AS to_stage, count() AS transitions, uniqExact(order_id) AS orders, countIf(step.3) AS again,
    quantileExactInclusive(0.5)(step.4) AS wait_p50_seconds, quantileExactInclusive(0.9)(step.4) AS wait_p90_seconds
FROM
(
    SELECT process, day, order_id, step
    FROM
    (
        SELECT
            v.process AS process, d.day AS day, v.order_id AS order_id, maxIf(v.entered_at, v.visit = 0) AS opened, anyIf(v.left_at, v.visit = 0) AS closed,
            arraySort(groupArrayIf((v.entered_at, ifNull(v.left_at, toDateTime64('2200-01-01 00:00:00', 3, 'UTC')), v.unit, v.stage, v.visit), v.visit > 0)) AS way, way[-1] AS last,
            -- Of each unit the lane of its visits and those of the order as a whole: each visit follows the one before it in its lane.
            arrayFlatten(arrayMap(u -> arrayFilter(s -> s.6 = u,
                arrayMap((x, before) -> (toString(before.4), toString(x.4), x.5 > 1, greatest(0, toFloat64(toUnixTimestamp64Milli(x.1) - if(before.5 = 0, toUnixTimestamp64Milli(opened), least(toUnixTimestamp64Milli(x.1), toUnixTimestamp64Milli(before.2))))) / 1000, x.1, x.3),
                    arrayFilter(x -> x.3 = '' OR x.3 = u, way) AS lane, arrayPushFront(arrayPopBack(lane), (opened, opened, '', toLowCardinality(''), toUInt32(0))))), arrayDistinct(way.3))) AS entered,
            arrayConcat(entered, if(closed IS NULL, [], [(toString(last.4), '', false, greatest(0, toFloat64(toUnixTimestamp64Milli(assumeNotNull(closed)) - toUnixTimestamp64Milli(last.2))) / 1000, assumeNotNull(closed), '')])) AS steps
        FROM
        (
            SELECT process, order_id, unit, stage, visit, entered_at, left_at FROM takt.visits
            UNION ALL
            SELECT process, order_id, '' AS unit, toLowCardinality('') AS stage, toUInt32(0) AS visit, opened_at, closed_at FROM takt.orders
        ) AS v
        INNER JOIN
        (
            SELECT process, order_id, takt_day(process, at) AS day
            FROM
            (
                SELECT process, order_id, entered_at AS at FROM takt.visits
                UNION ALL
                SELECT process, order_id, assumeNotNull(closed_at) FROM takt.orders WHERE closed_at IS NOT NULL
            )
            GROUP BY process, order_id, day
        ) AS d ON v.process = d.process AND v.order_id = d.order_id
        GROUP BY process, order_id, day
        HAVING countIf(v.visit = 0) > 0 AND notEmpty(way)
    )
    ARRAY JOIN steps AS step
)
WHERE takt_day(process, step.5) = day
GROUP BY process, day, from_stage, to_stage
