-- The way orders go, step by step (steps.sql); '' is the order's opening and its end. Wait is the time between leaving
-- one stage and entering the next.

CREATE OR REPLACE VIEW takt.ways
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    order_id String COMMENT 'Unified order number; 统一订单号',
    way Array(Tuple(entered_at DateTime64(3, 'UTC'), left_at DateTime64(3, 'UTC'), unit String, stage LowCardinality(String), visit UInt32, owner_team LowCardinality(String), breached Bool)) COMMENT 'Visits as they were entered, open ones left in the year 2200; 依次进入的环节停留，未离开者记为 2200 年离开',
    before Array(UInt32) COMMENT 'Place in the way of the visit that each follows, 0: none; 各停留的前一停留在 way 中的位置，0 表示没有'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, order_id,
    arraySort(groupArray((entered_at, ifNull(left_at, toDateTime64('2200-01-01 00:00:00', 3, 'UTC')), unit, stage, visit, owner_team, ifNull(breached, false)))) AS way,
    if(length(arrayDistinct(way.3)) = 1, arrayMap(i -> toUInt32(i - 1), arrayEnumerate(way)),
        arrayMap((v, i) -> toUInt32(arrayLastIndex(p -> p.3 = '' OR p.3 = v.3, arraySlice(way, 1, i - 1))), way, arrayEnumerate(way))) AS before
FROM takt.visits
GROUP BY process, order_id
COMMENT 'The way of each order, visit by visit; 每张订单的逐次停留';

CREATE OR REPLACE VIEW takt.transitions_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Begin of the day, week or month in the zone of the process; 日、周（周一）或月的起始日，按流程时区',
    from_stage LowCardinality(String) COMMENT 'Stage left, empty where the order was opened; 离开的环节，下单为空',
    to_stage LowCardinality(String) COMMENT 'Stage entered, empty where the order was closed; 进入的环节，结束为空',
    transitions UInt64 COMMENT 'Steps from one to the other, count; 流转次数，次',
    orders UInt64 COMMENT 'Orders concerned, count; 涉及订单数，单',
    again UInt64 COMMENT 'Steps into a stage entered before, count; 其中返回已到过环节的次数，次',
    wait_p50_seconds Nullable(Float64) COMMENT 'Median wait between the two, seconds; 两环节间等待时长中位数，秒',
    wait_p90_seconds Nullable(Float64) COMMENT 'Wait that nine of ten steps keep, seconds; 九成流转不超过的等待时长，秒'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    s.process AS process, takt_start(s.day) AS day, s.from_stage AS from_stage, s.stage AS to_stage, count() AS transitions, uniqExact(s.order_id) AS orders, countIf(s.visit > 1) AS again,
    quantileExactInclusive(0.5)(s.wait_seconds) AS wait_p50_seconds, quantileExactInclusive(0.9)(s.wait_seconds) AS wait_p90_seconds
FROM takt.steps AS s
WHERE s.from_stage != '' OR s.stage != ''
GROUP BY process, day, from_stage, to_stage
COMMENT 'Steps from stage to stage; 环节流转';

CREATE OR REPLACE VIEW takt.variants_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Begin of the day, week or month in the zone of the process; 日、周（周一）或月的起始日，按流程时区',
    variant String COMMENT 'Stages entered, in order, parcels side by side once; 依次进入的环节，并行包裹只计一次',
    orders UInt64 COMMENT 'Orders closed that went this way, count; 按此路径结束的订单数，单',
    share Float64 COMMENT 'Share of the orders closed, 0 to 1; 占结束订单的比例，0 到 1',
    cycle_p50_seconds Float64 COMMENT 'Median time from opening to closing, seconds; 订单周期中位数，秒',
    cycle_p90_seconds Float64 COMMENT 'Time that nine of ten keep, seconds; 九成订单不超过的周期，秒',
    conforming Bool COMMENT 'Whether no order on it left the allowed path; 是否全部符合规定路径'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, day, variant, count() AS orders, orders / sum(orders) OVER (PARTITION BY process, day) AS share,
    quantileExactInclusive(0.5)(seconds) AS cycle_p50_seconds, quantileExactInclusive(0.9)(seconds) AS cycle_p90_seconds, max(strayed) = 0 AS conforming
FROM
(
    SELECT
        process, takt_period(process, assumeNotNull(closed_at)) AS day, arrayStringConcat(arrayCompact(stages), ' > ') AS variant,
        dateDiff('millisecond', opened_at, assumeNotNull(closed_at)) / 1000 AS seconds,
        (process, order_id) IN (SELECT process, order_id FROM takt_store.exceptions FINAL WHERE NOT deleted AND NOT withdrawn AND kind IN ('out_of_path', 'sequence_violation', 'skipped')) AS strayed
    FROM takt.orders
    WHERE closed_at IS NOT NULL
)
GROUP BY process, day, variant
COMMENT 'Ways that orders went; 订单路径变体';

-- First pass: every unit entered the stage once alone. Rolled yield is the product of the stages' first-pass shares:
-- the chance of going through without any rework.

CREATE OR REPLACE VIEW takt.stage_yield_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Begin of the day, week or month in the zone of the process; 日、周（周一）或月的起始日，按流程时区',
    stage LowCardinality(String) COMMENT 'Stage of the process; 流程环节',
    units UInt64 COMMENT 'Orders, lines or parcels that entered it for the first time, count; 首次进入的订单、订单行或包裹数，个',
    reworked UInt64 COMMENT 'Of them entered again later, count; 其中后来返工的数量，个',
    first_pass_share Float64 COMMENT 'Share that entered it once alone, 0 to 1; 一次通过率，0 到 1'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT process, takt_period(process, first) AS day, stage, count() AS units, countIf(again) AS reworked, 1 - reworked / units AS first_pass_share
FROM
(
    -- Few come again: those alone need their visits put together.
    SELECT process, entered_at AS first, stage, false AS again
    FROM takt.visits
    WHERE visit = 1 AND (process, order_id, unit, stage) NOT IN (SELECT process, order_id, unit, stage FROM takt.visits WHERE visit > 1)
    UNION ALL
    SELECT process, min(entered_at) AS first, stage, true AS again
    FROM takt.visits
    WHERE (process, order_id, unit, stage) IN (SELECT process, order_id, unit, stage FROM takt.visits WHERE visit > 1)
    GROUP BY process, order_id, unit, stage
)
GROUP BY process, day, stage
COMMENT 'First-pass yield of stages; 环节一次通过率';

CREATE OR REPLACE VIEW takt.conformance_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Begin of the day, week or month in the zone of the process; 日、周（周一）或月的起始日，按流程时区',
    closed UInt64 COMMENT 'Orders completed or cancelled, count; 完成或取消的订单数，单',
    cancelled UInt64 COMMENT 'Of them cancelled, count; 其中取消，单',
    conforming UInt64 COMMENT 'Of them on an allowed path all the way, count; 其中全程符合规定路径，单',
    conforming_share Float64 COMMENT 'Share on an allowed path, 0 to 1; 路径符合率，0 到 1',
    out_of_path UInt64 COMMENT 'With a stage outside of the allowed path, count; 进入规定外环节的订单数，单',
    out_of_sequence UInt64 COMMENT 'With events out of sequence, count; 事件顺序异常的订单数，单',
    skipped UInt64 COMMENT 'With a stage skipped, count; 跳过环节的订单数，单',
    reworked UInt64 COMMENT 'With a stage entered more than once, count; 有返工的订单数，单',
    rework_share Float64 COMMENT 'Share with rework, 0 to 1; 返工率，0 到 1'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    o.process AS process, takt_period(o.process, o.closed) AS day, count() AS closed, countIf(o.status = 'cancelled') AS cancelled,
    countIf(x.outside + x.order_of + x.jumped = 0) AS conforming, conforming / closed AS conforming_share,
    countIf(x.outside > 0) AS out_of_path, countIf(x.order_of > 0) AS out_of_sequence, countIf(x.jumped > 0) AS skipped,
    countIf((o.process, o.order_id) IN (SELECT process, order_id FROM takt.visits WHERE visit > 1)) AS reworked, reworked / closed AS rework_share
FROM (SELECT process, order_id, status, assumeNotNull(closed_at) AS closed FROM takt.orders WHERE closed_at IS NOT NULL) AS o
LEFT JOIN
(
    SELECT
        process, order_id, countIf(kind = 'out_of_path') AS outside, countIf(kind = 'sequence_violation') AS order_of,
        countIf(kind = 'skipped') AS jumped
    FROM takt_store.exceptions FINAL
    WHERE NOT deleted AND NOT withdrawn AND kind IN ('out_of_path', 'sequence_violation', 'skipped')
    GROUP BY process, order_id
) AS x ON o.process = x.process AND o.order_id = x.order_id
GROUP BY process, day
COMMENT 'Conformance and rework of closed orders; 路径符合与返工';
