SELECT
    process, day, from_team, to_team, count() AS handovers, uniqExact(order_id) AS orders, quantileExactInclusive(0.5)(waited) AS wait_p50_seconds,
    quantileExactInclusive(0.9)(waited) AS wait_p90_seconds, countIf(step.1.7) AS overdue
FROM
(
    SELECT
        process, day, order_id, step.2.6 AS from_team, step.1.6 AS to_team, step,
        greatest(0, toFloat64(toUnixTimestamp64Milli(step.1.1) - least(toUnixTimestamp64Milli(step.1.1), toUnixTimestamp64Milli(step.2.2)))) / 1000 AS waited
    FROM
    (
        -- Of each unit the lane of its visits and those of the order as a whole: each visit follows the one before it in its lane.
        SELECT
            v.process AS process, d.day AS day, v.order_id AS order_id,
            arraySort(groupArray((v.entered_at, ifNull(v.left_at, toDateTime64('2200-01-01 00:00:00', 3, 'UTC')), v.unit, v.stage, v.visit, v.owner_team, ifNull(v.breached, false)))) AS way,
            arrayFlatten(arrayMap(u -> arrayFilter(s -> s.1.3 = u, arrayMap((x, before) -> (x, before), arrayPopFront(arrayFilter(x -> x.3 = '' OR x.3 = u, way) AS lane), arrayPopBack(lane))), arrayDistinct(way.3))) AS steps
        FROM takt.visits AS v
        INNER JOIN (SELECT process, order_id, takt_day(process, entered_at) AS day FROM takt.visits GROUP BY process, order_id, day) AS d
            ON v.process = d.process AND v.order_id = d.order_id
        -- What is left of an order that an earlier epoch knew and this one merged is none of its.
        WHERE (v.process, v.order_id) IN (SELECT process, order_id FROM takt.orders)
        GROUP BY process, order_id, day
    )
    ARRAY JOIN steps AS step
    WHERE takt_day(process, step.1.1) = day
)
WHERE from_team != '' AND to_team != '' AND from_team != to_team
GROUP BY process, day, from_team, to_team
