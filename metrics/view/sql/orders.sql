-- Orders that are open, one row each, as things are now.

CREATE OR REPLACE VIEW takt.orders_open
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    order_id String COMMENT 'Unified order number; 统一订单号',
    stage LowCardinality(String) COMMENT 'Open stage entered last, empty if none; 当前环节，无则为空',
    owner LowCardinality(String) COMMENT 'Person responsible now; 当前责任人',
    owner_team LowCardinality(String) COMMENT 'Team of the stage; 环节所属团队',
    promise_due_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Until when the promise in force holds, UTC; 现行承诺截止时间，UTC',
    late Bool COMMENT 'Whether the promise in force is over; 是否已逾期',
    due_today Bool COMMENT 'Whether the promise in force ends today, in the zone of the process; 现行承诺是否今天到期，按流程时区',
    left_seconds Nullable(Float64) COMMENT 'Until the promise in force ends, seconds, negative once it is over, NULL without promise; 距承诺到期的时长，秒，已逾期为负，无承诺为 NULL',
    expected_left_seconds Nullable(Float64) COMMENT 'Time that orders in this stage usually still need, median, seconds, NULL if unknown; 同环节订单通常还需的时长，中位数，秒，未知为 NULL',
    expected_late Nullable(Bool) COMMENT 'Whether the usual time is more than is left, NULL if unknown; 按通常时长推算是否会逾期，未知为 NULL',
    opened_at DateTime64(3, 'UTC') COMMENT 'When the order was placed, UTC; 下单时间，UTC',
    entered_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the stage was entered, UTC, NULL without stage; 进入当前环节的时间，UTC，无则为 NULL',
    amount Float64 COMMENT 'Amount of money, in currency; 金额，单位见 currency',
    currency LowCardinality(String) COMMENT 'Currency of the amount, ISO 4217; 币种，ISO 4217',
    channel LowCardinality(String) COMMENT 'Channel where the order was placed; 下单渠道',
    region LowCardinality(String) COMMENT 'Region; 地区',
    product LowCardinality(String) COMMENT 'Product; 商品',
    supplier LowCardinality(String) COMMENT 'Supplier; 供应商'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    o.process AS process, o.order_id AS order_id, o.stage_now AS stage, toLowCardinality(if(o.visit.3 = '', o.owner_now, o.visit.3)) AS owner,
    toLowCardinality(if(o.visit.4 = '', s.owner_team, o.visit.4)) AS owner_team, o.promise_due_at AS promise_due_at,
    ifNull(o.promise_due_at < now64(3, 'UTC'), false) AS late,
    ifNull(takt_day(o.process, o.promise_due_at) = takt_day(o.process, now64(3, 'UTC')), false) AS due_today,
    if(o.promise_due_at IS NULL, NULL, dateDiff('millisecond', now64(3, 'UTC'), o.promise_due_at) / 1000) AS left_seconds,
    if(r.stage = '', NULL, greatest(0, r.rest - dateDiff('millisecond', o.visit.2, now64(3, 'UTC')) / 1000)) AS expected_left_seconds,
    expected_left_seconds > left_seconds AS expected_late,
    o.opened_at AS opened_at, if(o.stage_now = '', NULL, o.visit.2) AS entered_at,
    toFloat64(ifNull(o.amount, 0)) AS amount, o.currency AS currency, o.channel AS channel, o.region AS region, o.product AS product, o.supplier AS supplier
FROM
(
    SELECT
        process, order_id, stage_now, owner_now, promise_due_at, opened_at, amount, currency, channel, region, product, supplier,
        arrayFirst(x -> x.1 = stage_now, arrayReverseSort(x -> x.2, arrayMap(x -> (x.stage, x.entered_at, x.owner, x.owner_team), open))) AS visit
    FROM takt_store.orders FINAL
    WHERE NOT deleted AND status = 'open' AND opened_at <= now64(3, 'UTC')
) AS o
LEFT JOIN takt.stages AS s ON o.process = s.process AND o.stage_now = s.stage
LEFT JOIN
(
    SELECT process, stage, argMax(entered_seconds, valid_from) AS rest
    FROM takt_store.stage_rests FINAL
    GROUP BY process, stage
) AS r ON o.process = r.process AND o.stage_now = r.stage
COMMENT 'Open orders; 未完成订单';

CREATE OR REPLACE VIEW takt.orders_late_open
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    order_id String COMMENT 'Unified order number; 统一订单号',
    stage LowCardinality(String) COMMENT 'Open stage entered last, empty if none; 当前环节，无则为空',
    owner LowCardinality(String) COMMENT 'Person responsible now; 当前责任人',
    owner_team LowCardinality(String) COMMENT 'Team of the stage; 环节所属团队',
    promise_due_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Until when the promise in force holds, UTC; 现行承诺截止时间，UTC',
    late_seconds Float64 COMMENT 'Since the promise in force ended, seconds; 已逾期时长，秒',
    opened_at DateTime64(3, 'UTC') COMMENT 'When the order was placed, UTC; 下单时间，UTC',
    entered_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the stage was entered, UTC, NULL without stage; 进入当前环节的时间，UTC，无则为 NULL',
    amount Float64 COMMENT 'Amount of money, in currency; 金额，单位见 currency',
    currency LowCardinality(String) COMMENT 'Currency of the amount, ISO 4217; 币种，ISO 4217',
    channel LowCardinality(String) COMMENT 'Channel where the order was placed; 下单渠道',
    region LowCardinality(String) COMMENT 'Region; 地区',
    product LowCardinality(String) COMMENT 'Product; 商品',
    supplier LowCardinality(String) COMMENT 'Supplier; 供应商'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, order_id, stage, owner, owner_team, promise_due_at, -assumeNotNull(left_seconds) AS late_seconds, opened_at, entered_at, amount, currency,
    channel, region, product, supplier
FROM takt.orders_open
WHERE late
COMMENT 'Open orders past their promise; 未交付已逾期的订单';

CREATE OR REPLACE VIEW takt.order_numbers
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    number String COMMENT 'Former number of the order; 订单的原编号',
    order_id String COMMENT 'Number it was merged into, a former one itself where orders were merged again; 并入的编号，再次合并时它本身也是原编号',
    source LowCardinality(String) COMMENT 'Source system that told so; 告知该对应关系的来源系统',
    merged_at DateTime64(3, 'UTC') COMMENT 'Since when, as told, UTC; 对应关系的生效时间（来源所述），UTC'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, former AS number, argMax(into, (at, into)) AS order_id, argMax(told_by, (at, into)) AS source, max(at) AS merged_at
FROM
(
    SELECT process, order_id AS former, attributes['merged_into'] AS into, source AS told_by, occurred_at AS at
    FROM takt_store.events FINAL
    WHERE NOT deleted AND activity = 'order.merged'
)
GROUP BY process, number
COMMENT 'Former numbers of orders and the numbers they go on under; 订单原编号与现用编号的对应';
