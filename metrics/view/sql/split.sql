-- The same figures by what orders have in common. One relation for all dimensions: choose with dimension = 'channel'.

CREATE OR REPLACE VIEW takt.stage_split_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Begin of the day, week or month in the zone of the process; 日、周（周一）或月的起始日，按流程时区',
    stage LowCardinality(String) COMMENT 'Stage of the process; 流程环节',
    dimension LowCardinality(String) COMMENT 'One of channel, region, warehouse, carrier, supplier, product, owner_team, owner or source; 维度：渠道、地区、仓库、承运商、供应商、商品、团队、责任人、来源',
    value LowCardinality(String) COMMENT 'Value of the dimension, empty if not told; 维度取值，未知为空',
    finished UInt64 COMMENT 'Visits finished, count; 完成的停留数，次',
    due UInt64 COMMENT 'Visits left that were judged against their limit, count; 已离开且按时限判定的停留数，次',
    breached UInt64 COMMENT 'Of them over the limit, count; 其中超时的停留数，次',
    breach_share Nullable(Float64) COMMENT 'Share over the limit, 0 to 1, NULL without any judged; 超时率，0 到 1，无判定为 NULL',
    wall_p50_seconds Nullable(Float64) COMMENT 'Median time in the stage, seconds; 环节耗时中位数，秒',
    wall_p90_seconds Nullable(Float64) COMMENT 'Time in the stage that nine of ten keep, seconds; 九成停留不超过的环节耗时，秒',
    amount Float64 COMMENT 'Money of the visits finished, mixed currencies added as they stand; 涉及金额，不同币种直接相加'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, takt_period(process, assumeNotNull(left_at)) AS day, stage, dimension, value,
    countIf(outcome = 'finished') AS finished, countIf(beyond IS NOT NULL) AS due, countIf(ifNull(beyond, false)) AS breached,
    if(due = 0, NULL, breached / due) AS breach_share,
    if(finished = 0, [NULL, NULL], arrayMap(q -> toNullable(q), quantilesExactInclusiveIf(0.5, 0.9)(assumeNotNull(wall_seconds), outcome = 'finished'))) AS wall,
    wall[1] AS wall_p50_seconds, wall[2] AS wall_p90_seconds, sumIf(toFloat64(ifNull(money, 0)), outcome = 'finished') AS amount
FROM
(
    -- One after the other, so that a condition on the dimension leaves all others unread.
    SELECT process, left_at, stage, outcome, breached AS beyond, wall_seconds, amount AS money, toLowCardinality('channel') AS dimension, channel AS value FROM takt_store.visits FINAL WHERE NOT deleted AND left_at IS NOT NULL
    UNION ALL
    SELECT process, left_at, stage, outcome, breached AS beyond, wall_seconds, amount AS money, 'region', region FROM takt_store.visits FINAL WHERE NOT deleted AND left_at IS NOT NULL
    UNION ALL
    SELECT process, left_at, stage, outcome, breached AS beyond, wall_seconds, amount AS money, 'warehouse', warehouse FROM takt_store.visits FINAL WHERE NOT deleted AND left_at IS NOT NULL
    UNION ALL
    SELECT process, left_at, stage, outcome, breached AS beyond, wall_seconds, amount AS money, 'carrier', carrier FROM takt_store.visits FINAL WHERE NOT deleted AND left_at IS NOT NULL
    UNION ALL
    SELECT process, left_at, stage, outcome, breached AS beyond, wall_seconds, amount AS money, 'supplier', supplier FROM takt_store.visits FINAL WHERE NOT deleted AND left_at IS NOT NULL
    UNION ALL
    SELECT process, left_at, stage, outcome, breached AS beyond, wall_seconds, amount AS money, 'product', product FROM takt_store.visits FINAL WHERE NOT deleted AND left_at IS NOT NULL
    UNION ALL
    SELECT process, left_at, stage, outcome, breached AS beyond, wall_seconds, amount AS money, 'owner_team', owner_team FROM takt_store.visits FINAL WHERE NOT deleted AND left_at IS NOT NULL
    UNION ALL
    SELECT process, left_at, stage, outcome, breached AS beyond, wall_seconds, amount AS money, 'owner', owner FROM takt_store.visits FINAL WHERE NOT deleted AND left_at IS NOT NULL
    UNION ALL
    SELECT process, left_at, stage, outcome, breached AS beyond, wall_seconds, amount AS money, 'source', source FROM takt_store.visits FINAL WHERE NOT deleted AND left_at IS NOT NULL
)
GROUP BY process, day, stage, dimension, value
COMMENT 'Time in stages by channel, region, team and more; 按渠道、地区、团队等拆分的环节耗时';

CREATE OR REPLACE VIEW takt.orders_split_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Begin of the day, week or month in the zone of the process; 日、周（周一）或月的起始日，按流程时区',
    dimension LowCardinality(String) COMMENT 'One of channel, region, product, supplier or currency; 维度：渠道、地区、商品、供应商、币种',
    value LowCardinality(String) COMMENT 'Value of the dimension, empty if not told; 维度取值，未知为空',
    completed UInt64 COMMENT 'Orders completed, count; 完成订单数，单',
    cancelled UInt64 COMMENT 'Orders cancelled, count; 取消订单数，单',
    delivered UInt64 COMMENT 'Orders completed that had a promise, count; 完成且有承诺的订单数，单',
    delivered_late UInt64 COMMENT 'Of them after the promise in force, count; 其中逾期交付，单',
    late_share Nullable(Float64) COMMENT 'Share delivered late, 0 to 1, NULL without deliveries; 已交付逾期率，0 到 1，无交付为 NULL',
    with_exceptions UInt64 COMMENT 'Orders closed that had an exception, count; 有过异常的结束订单数，单',
    cycle_p50_seconds Nullable(Float64) COMMENT 'Median time from opening to completion, seconds; 订单周期中位数，秒',
    cycle_p90_seconds Nullable(Float64) COMMENT 'Time that nine of ten completed orders keep, seconds; 九成订单不超过的周期，秒',
    amount Float64 COMMENT 'Money of the orders completed, mixed currencies added as they stand; 完成订单金额，不同币种直接相加'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, takt_period(process, closed) AS day, toLowCardinality(pair.1) AS dimension, toLowCardinality(pair.2) AS value,
    countIf(done) AS completed, countIf(NOT done) AS cancelled, countIf(done AND due IS NOT NULL) AS delivered, countIf(done AND closed > due) AS delivered_late,
    if(delivered = 0, NULL, delivered_late / delivered) AS late_share, countIf(exceptions > 0) AS with_exceptions,
    if(completed = 0, [NULL, NULL], arrayMap(q -> toNullable(q), quantilesExactInclusiveIf(0.5, 0.9)(seconds, done))) AS cycle,
    cycle[1] AS cycle_p50_seconds, cycle[2] AS cycle_p90_seconds, sumIf(money, done) AS amount
FROM
(
    SELECT
        process, assumeNotNull(closed_at) AS closed, promise_due_at AS due, status = 'completed' AS done, exceptions, toFloat64(ifNull(amount, 0)) AS money,
        dateDiff('millisecond', opened_at, closed) / 1000 AS seconds,
        arrayJoin([('channel', toString(channel)), ('region', toString(region)), ('product', toString(product)), ('supplier', toString(supplier)), ('currency', toString(currency))]) AS pair
    FROM takt.orders
    WHERE closed_at IS NOT NULL
)
GROUP BY process, day, dimension, value
COMMENT 'Orders closed by channel, region and more; 按渠道、地区等拆分的结束订单';

CREATE OR REPLACE VIEW takt.open_split
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    dimension LowCardinality(String) COMMENT 'One of channel, region, product, supplier, stage or owner_team; 维度：渠道、地区、商品、供应商、环节、团队',
    value LowCardinality(String) COMMENT 'Value of the dimension, empty if not told; 维度取值，未知为空',
    open UInt64 COMMENT 'Open orders, count; 未完成订单数，单',
    late UInt64 COMMENT 'Of them past their promise, count; 其中未交付逾期，单',
    due_today UInt64 COMMENT 'Of them with a promise that ends today, count; 其中今天到期，单',
    expected_late UInt64 COMMENT 'Of them in time still that will be late at the usual pace, count; 其中按通常时长推算将会逾期，单',
    amount Float64 COMMENT 'Money of the open orders, mixed currencies added as they stand; 未完成订单金额，不同币种直接相加',
    late_amount Float64 COMMENT 'Money of those past their promise, mixed currencies added as they stand; 未交付逾期金额，不同币种直接相加'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, toLowCardinality(pair.1) AS dimension, toLowCardinality(pair.2) AS value, count() AS open, countIf(is_late) AS late, countIf(ends_today) AS due_today,
    countIf(NOT is_late AND ifNull(will_be_late, false)) AS expected_late, sum(money) AS amount, sumIf(money, is_late) AS late_amount
FROM
(
    SELECT
        process, late AS is_late, due_today AS ends_today, expected_late AS will_be_late, amount AS money,
        arrayJoin([('channel', toString(channel)), ('region', toString(region)), ('product', toString(product)), ('supplier', toString(supplier)), ('stage', toString(stage)), ('owner_team', toString(owner_team))]) AS pair
    FROM takt.orders_open
)
GROUP BY process, dimension, value
COMMENT 'Open orders by channel, region and more; 按渠道、地区等拆分的未完成订单';
