-- Steps of orders. A step leads from the stage whose visit began last before, of the same unit or of the order as a
-- whole, to the next; the first comes from the order's opening, the last goes to its closing. Steps are rolled up
-- by day, order by order; those of orders of which something was stored since are put together when asked, so that
-- nothing told is older than what is stored.

CREATE OR REPLACE VIEW takt.orders_unrolled
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    order_id String COMMENT 'Unified order number; 统一订单号'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT process, order_id
FROM takt_store.visits
WHERE stored_at > (SELECT max(until) FROM takt_store.rolled FINAL WHERE name = 'steps')
UNION DISTINCT
SELECT process, order_id
FROM takt_store.orders
WHERE stored_at > (SELECT max(until) FROM takt_store.rolled FINAL WHERE name = 'steps')
COMMENT 'Orders of which something was stored since the last roll-up; 上次汇总后有新数据的订单';

CREATE OR REPLACE VIEW takt.steps_unrolled
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Day of the step in the zone of the process; 流转日期，按流程时区',
    order_id String COMMENT 'Unified order number; 统一订单号',
    unit String COMMENT 'Order line or parcel, empty for the order as a whole; 订单行或包裹，空为整单',
    stage LowCardinality(String) COMMENT 'Stage entered, empty where the order was closed; 进入的环节，结束为空',
    visit UInt32 COMMENT 'Number of the visit from 1, more than 1 is rework, 0 where the order was closed; 第几次进入该环节，大于 1 为返工，结束为 0',
    from_stage LowCardinality(String) COMMENT 'Stage left, empty where the order was opened; 离开的环节，下单为空',
    from_team LowCardinality(String) COMMENT 'Team responsible for the stage left; 离开环节的负责团队',
    team LowCardinality(String) COMMENT 'Team responsible for the stage entered; 进入环节的负责团队',
    wait_seconds Float64 COMMENT 'Time between leaving the one and entering the other, seconds; 离开到进入之间的等待时长，秒',
    breached Bool COMMENT 'Whether the stay then exceeded its limit; 进入后是否超时',
    completed Bool COMMENT 'Whether the order was completed with the step; 订单是否随之完成',
    total_seconds Float64 COMMENT 'Time from opening to closing, seconds, 0 but where the order was closed; 订单周期，秒，非结束为 0',
    stage_seconds Float64 COMMENT 'Time inside of stages, seconds, 0 but where the order was closed; 环节内时长，秒，非结束为 0',
    touch_seconds Float64 COMMENT 'Working time inside of stages, seconds, 0 but where the order was closed; 环节内工作时长，秒，非结束为 0'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, takt_day(process, step.1) AS day, order_id, step.2 AS unit, step.3 AS stage, step.4 AS visit, step.5 AS from_stage, step.6 AS from_team, step.7 AS team,
    greatest(0, toFloat64(toUnixTimestamp64Milli(step.1) - step.8)) / 1000 AS wait_seconds, step.9 AS breached, step.4 = 0 AND is_completed AS completed,
    if(step.4 = 0, total, 0) AS total_seconds, if(step.4 = 0, inside, 0) AS stage_seconds, if(step.4 = 0, worked, 0) AS touch_seconds
FROM
(
    SELECT
        process, order_id, maxIf(entered_at, visit = 0) AS opened, anyIf(left_at, visit = 0) AS closed, maxIf(done, visit = 0) AS is_completed,
        arraySort(groupArrayIf((entered_at, ifNull(left_at, toDateTime64('2200-01-01 00:00:00', 3, 'UTC')), unit, stage, visit, owner_team, ifNull(breached, false),
            ifNull(wall_seconds, 0), ifNull(working_seconds, 0)), visit > 0)) AS way,
        length(arrayDistinct(way.3)) < 2 AS alone, arrayDistinct(arrayMap(v -> (v.4, v.5), way)) AS stays,
        dateDiff('millisecond', opened, ifNull(closed, opened)) / 1000 AS total,
        -- Of several units in a stage the slowest counts.
        if(alone, arraySum(way.8), arraySum(arrayMap(s -> arrayMax(arrayMap(v -> if((v.4, v.5) = s, v.8, 0), way)), stays))) AS inside,
        if(alone, arraySum(way.9), arraySum(arrayMap(s -> arrayMax(arrayMap(v -> if((v.4, v.5) = s, v.9, 0), way)), stays))) AS worked,
        -- Of each unit the lane of its visits and those of the order as a whole: each visit follows the one before it in its lane.
        arrayFlatten(arrayMap(u -> arrayFilter(s -> s.2 = u,
            arrayMap((v, before) -> (v.1, v.3, v.4, v.5, before.4, before.6, v.6, if(before.5 = 0, toUnixTimestamp64Milli(opened), least(toUnixTimestamp64Milli(v.1), toUnixTimestamp64Milli(before.2))), v.7),
                arrayFilter(v -> v.3 = '' OR v.3 = u, way) AS lane,
                arrayPushFront(arrayPopBack(lane), (opened, opened, '', toLowCardinality(''), toUInt32(0), toLowCardinality(''), false, 0., 0.)))), arrayDistinct(way.3))) AS entered,
        arrayConcat(entered, if(closed IS NULL, [], [(assumeNotNull(closed), '', toLowCardinality(''), toUInt32(0), way[-1].4, toLowCardinality(''), toLowCardinality(''),
            toUnixTimestamp64Milli(if(empty(way), assumeNotNull(closed), way[-1].2)), false)])) AS steps
    FROM
    (
        -- What orders are told apart by is read first, and the rest of those alone.
        SELECT process, order_id, unit, stage, visit, entered_at, left_at, owner_team, breached, wall_seconds, working_seconds, false AS done
        FROM takt_store.visits FINAL
        PREWHERE order_id IN (SELECT order_id FROM (SELECT process, order_id FROM takt.orders_unrolled))
        WHERE NOT deleted AND (process, order_id) IN (SELECT process, order_id FROM takt.orders_unrolled)
        UNION ALL
        SELECT process, order_id, o.1, o.2, o.3, o.4, o.5, o.6, o.7, NULL, NULL, o.8
        FROM takt_store.orders FINAL
        ARRAY JOIN arrayPushBack(arrayMap(v -> (v.unit, v.stage, v.visit, v.entered_at, CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))'), v.owner_team, v.breached, false), open),
            ('', toLowCardinality(''), toUInt32(0), opened_at, closed_at, toLowCardinality(''), CAST(NULL, 'Nullable(Bool)'), status = 'completed')) AS o
        PREWHERE order_id IN (SELECT order_id FROM (SELECT process, order_id FROM takt.orders_unrolled))
        WHERE NOT deleted AND status NOT IN ('merged', 'retracted') AND (process, order_id) IN (SELECT process, order_id FROM takt.orders_unrolled)
    )
    GROUP BY process, order_id
    HAVING countIf(visit = 0) > 0
)
ARRAY JOIN steps AS step
COMMENT 'Steps of those orders; 上述订单的流转';

CREATE OR REPLACE VIEW takt.steps
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Day of the step in the zone of the process; 流转日期，按流程时区',
    order_id String COMMENT 'Unified order number; 统一订单号',
    unit String COMMENT 'Order line or parcel, empty for the order as a whole; 订单行或包裹，空为整单',
    stage LowCardinality(String) COMMENT 'Stage entered, empty where the order was closed; 进入的环节，结束为空',
    visit UInt32 COMMENT 'Number of the visit from 1, more than 1 is rework, 0 where the order was closed; 第几次进入该环节，大于 1 为返工，结束为 0',
    from_stage LowCardinality(String) COMMENT 'Stage left, empty where the order was opened; 离开的环节，下单为空',
    from_team LowCardinality(String) COMMENT 'Team responsible for the stage left; 离开环节的负责团队',
    team LowCardinality(String) COMMENT 'Team responsible for the stage entered; 进入环节的负责团队',
    wait_seconds Float64 COMMENT 'Time between leaving the one and entering the other, seconds; 离开到进入之间的等待时长，秒',
    breached Bool COMMENT 'Whether the stay then exceeded its limit; 进入后是否超时',
    completed Bool COMMENT 'Whether the order was completed with the step; 订单是否随之完成',
    total_seconds Float64 COMMENT 'Time from opening to closing, seconds, 0 but where the order was closed; 订单周期，秒，非结束为 0',
    stage_seconds Float64 COMMENT 'Time inside of stages, seconds, 0 but where the order was closed; 环节内时长，秒，非结束为 0',
    touch_seconds Float64 COMMENT 'Working time inside of stages, seconds, 0 but where the order was closed; 环节内工作时长，秒，非结束为 0'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT process, day, order_id, unit, stage, visit, from_stage, from_team, team, wait_seconds, breached, completed, total_seconds, stage_seconds, touch_seconds
FROM takt_store.steps FINAL
WHERE NOT deleted AND (process, order_id) NOT IN (SELECT process, order_id FROM takt.orders_unrolled)
UNION ALL
SELECT process, day, order_id, unit, stage, visit, from_stage, from_team, team, wait_seconds, breached, completed, total_seconds, stage_seconds, touch_seconds
FROM takt.steps_unrolled
COMMENT 'Steps of orders from stage to stage; 订单的逐次流转';
