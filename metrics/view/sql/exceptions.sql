-- Exceptions by the day they were opened, with what they are a share of: the orders of the process that were
-- open at any time of that day.

CREATE OR REPLACE VIEW takt.exceptions_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Begin of the day, week or month in the zone of the process; 日、周（周一）或月的起始日，按流程时区',
    kind LowCardinality(String) COMMENT 'Kind of exception; 异常类型',
    stage LowCardinality(String) COMMENT 'Stage at fault, empty for the order as a whole; 责任环节，整单为空',
    severity LowCardinality(String) COMMENT 'How much it matters: info, warning or critical; 严重程度：info 提示、warning 警告、critical 严重',
    exceptions UInt64 COMMENT 'Exceptions opened and not withdrawn, count; 触发且未撤回的异常数，个',
    withdrawn UInt64 COMMENT 'Exceptions that a later event refuted, count; 被后来事件推翻的异常数，个',
    orders UInt64 COMMENT 'Orders concerned, count; 涉及订单数，单',
    amount Float64 COMMENT 'Money of those orders, mixed currencies added as they stand; 涉及金额，不同币种直接相加',
    orders_active UInt64 COMMENT 'Orders of the process open at any time of the day, count; 当日有过在办状态的订单数，单',
    order_share Nullable(Float64) COMMENT 'Orders concerned of the active ones, 0 to 1, NULL without any active; 异常率：涉及订单占活跃订单的比例，0 到 1，无活跃订单为 NULL'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    x.process AS process, x.day AS day, x.kind AS kind, x.stage AS stage, x.severity AS severity, x.held AS exceptions, x.refuted AS withdrawn,
    x.orders_of AS orders, x.money AS amount, toUInt64(greatest(0, f.active)) AS orders_active, if(f.active <= 0, NULL, orders / f.active) AS order_share
FROM
(
    SELECT
        process, takt_day(process, opened_at) AS day, kind, stage, toLowCardinality(if(severity = '', 'warning', severity)) AS severity,
        countIf(NOT withdrawn) AS held, countIf(withdrawn) AS refuted, uniqExactIf(order_id, NOT withdrawn) AS orders_of,
        arraySum(mapValues(maxMapIf(map(order_id, toFloat64(ifNull(amount, 0))), NOT withdrawn))) AS money
    FROM takt_store.exceptions FINAL
    WHERE NOT deleted
    GROUP BY process, day, kind, stage, severity
) AS x
LEFT JOIN
(
    -- Active: open when the day began, or opened on it.
    SELECT process, day, sum(came) OVER (PARTITION BY process ORDER BY day ROWS UNBOUNDED PRECEDING)
        - sum(went) OVER (PARTITION BY process ORDER BY day ROWS UNBOUNDED PRECEDING) + went AS active
    FROM
    (
        SELECT process, change.1 AS day, toInt64(sum(change.2)) AS came, toInt64(sum(change.3)) AS went
        FROM
        (
            SELECT process, arrayJoin(arrayConcat(groupArray((day, came, went)),
                arrayMap(i -> (toDate(min(day) + i), toUInt64(0), toUInt64(0)), range(toUInt64(greatest(0, takt_day(process, now64(3, 'UTC')) - min(day) + 1)))))) AS change
            FROM
            (
                SELECT process, change.1 AS day, sum(change.2) AS came, sum(change.3) AS went
                FROM
                (
                    SELECT process, arrayJoin(if(closed_at IS NULL, [(takt_day(process, opened_at), 1, 0)],
                        [(takt_day(process, opened_at), 1, 0), (takt_day(process, assumeNotNull(closed_at)), 0, 1)])) AS change
                    FROM takt.orders
                )
                GROUP BY process, day
            )
            GROUP BY process
        )
        GROUP BY process, day
    )
) AS f ON x.process = f.process AND x.day = f.day
COMMENT 'Exceptions by kind and day, with what they are a share of; 每日异常及其占活跃订单的比例';
