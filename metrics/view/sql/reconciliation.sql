-- What each source's own list and Takt do not agree on, as last compared. A day and channel is judged by its last run:
-- one of the whole source, or one of that channel alone. Lists of counts say nothing of single orders: they change the
-- figures of a day, never which orders differ.

CREATE OR REPLACE VIEW takt.reconciliation_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    source LowCardinality(String) COMMENT 'Source system whose list it was; 清单所属来源系统',
    day Date COMMENT 'Day the orders were placed, in the zone of the process; 下单日期，按流程时区',
    channel LowCardinality(String) COMMENT 'Channel where the orders were placed; 下单渠道',
    listed UInt64 COMMENT 'Orders of the list, count; 清单中的订单数，个',
    held UInt64 COMMENT 'Orders that Takt has, count; Takt 中的订单数，个',
    missing UInt64 COMMENT 'Orders listed that Takt does not have, count; 漏单数，个',
    extra UInt64 COMMENT 'Orders that Takt has and the list has not, count; 多单数，个',
    duplicate UInt64 COMMENT 'Orders that one side has more than once, count; 重复订单数，个',
    mismatch UInt64 COMMENT 'Orders that differ in a field, count; 字段不一致的订单数，个',
    late UInt64 COMMENT 'Orders whose placement was recorded late, count; 迟记订单数，个',
    listed_amount Decimal(18, 2) COMMENT 'Amount of money of the list, mixed currencies added as they stand; 清单金额，不同币种直接相加',
    held_amount Decimal(18, 2) COMMENT 'Amount of money that Takt has, mixed currencies added as they stand; Takt 中的金额，不同币种直接相加',
    counted Bool COMMENT 'Whether the list held counts only; 清单是否仅含数量',
    reconciled_at DateTime64(3, 'UTC') COMMENT 'When it was compared, UTC; 对账时间，UTC'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    d.process AS process, d.source AS source, d.day AS day, d.channel AS channel, listed, held, missing, extra, duplicate, mismatch, late,
    listed_amount, held_amount, if(one.run > whole.run, one.counted, whole.counted) AS counted, fromUnixTimestamp64Milli(toInt64(d.run), 'UTC') AS reconciled_at
FROM (SELECT * FROM takt_store.reconciliation_days FINAL) AS d
LEFT JOIN
(
    SELECT process, source, day, max(r.run) AS run, argMax(r.counted, r.run) AS counted
    FROM takt_store.reconciliation_runs AS r
    WHERE channel = ''
    GROUP BY process, source, day
) AS whole ON whole.process = d.process AND whole.source = d.source AND whole.day = d.day
LEFT JOIN
(
    SELECT process, source, day, channel, max(r.run) AS run, argMax(r.counted, r.run) AS counted
    FROM takt_store.reconciliation_runs AS r
    GROUP BY process, source, day, channel
) AS one ON one.process = d.process AND one.source = d.source AND one.day = d.day AND one.channel = d.channel
WHERE d.run = greatest(whole.run, one.run)
COMMENT 'What sources and Takt count, as last compared, by day and channel; 最近一次对账结果（按日与渠道）';

CREATE OR REPLACE VIEW takt.reconciliation_orders
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    source LowCardinality(String) COMMENT 'Source system whose list it was; 清单所属来源系统',
    day Date COMMENT 'Day the order was placed, in the zone of the process; 下单日期，按流程时区',
    channel LowCardinality(String) COMMENT 'Channel where the order was placed; 下单渠道',
    order_id String COMMENT 'Unified order number; 统一订单号',
    kind LowCardinality(String) COMMENT 'What is wrong: missing, extra, duplicate, mismatch or late; 差异类型：missing 漏单、extra 多单、duplicate 重复、mismatch 字段不一致、late 迟记',
    detail LowCardinality(String) COMMENT 'Of a mismatch the field, of missing not_received, dead_letter or not_placed, of duplicate list or takt; 明细：不一致为字段名；漏单为 not_received 未收到、dead_letter 死信、not_placed 仅有后续事件；重复为 list 清单或 takt',
    listed_amount Nullable(Decimal(18, 2)) COMMENT 'Amount of money of the list, in currency, NULL if not told; 清单金额，单位见 currency，未知为 NULL',
    held_amount Nullable(Decimal(18, 2)) COMMENT 'Amount of money that Takt has, in currency, NULL if not told; Takt 中的金额，单位见 currency，未知为 NULL',
    currency LowCardinality(String) COMMENT 'Currency of the amounts, ISO 4217; 币种，ISO 4217',
    reconciled_at DateTime64(3, 'UTC') COMMENT 'When it was compared, UTC; 对账时间，UTC'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    d.process AS process, d.source AS source, d.day AS day, d.channel AS channel, order_id, kind, detail, listed_amount, held_amount, currency,
    fromUnixTimestamp64Milli(toInt64(d.run), 'UTC') AS reconciled_at
FROM (SELECT * FROM takt_store.reconciliation_orders FINAL) AS d
LEFT JOIN
(
    SELECT process, source, day, max(r.run) AS run
    FROM takt_store.reconciliation_runs AS r
    WHERE channel = '' AND NOT counted
    GROUP BY process, source, day
) AS whole ON whole.process = d.process AND whole.source = d.source AND whole.day = d.day
LEFT JOIN
(
    SELECT process, source, day, channel, max(r.run) AS run
    FROM takt_store.reconciliation_runs AS r
    WHERE NOT counted
    GROUP BY process, source, day, channel
) AS one ON one.process = d.process AND one.source = d.source AND one.day = d.day AND one.channel = d.channel
WHERE d.run = greatest(whole.run, one.run)
COMMENT 'Orders that a source and Takt do not agree on, as last compared; 最近一次对账中不一致的订单';
