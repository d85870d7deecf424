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

CREATE OR REPLACE VIEW takt.exception_times_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Day the exceptions were opened, in the zone of the process; 触发日期，按流程时区',
    kind LowCardinality(String) COMMENT 'Kind of exception; 异常类型',
    stage LowCardinality(String) COMMENT 'Stage at fault, empty while it is not known; 责任环节，未定位为空',
    owner_team LowCardinality(String) COMMENT 'Team responsible now; 当前负责团队',
    owner LowCardinality(String) COMMENT 'Person responsible now; 当前负责人',
    exceptions UInt64 COMMENT 'Exceptions not withdrawn, count; 未撤回的异常数，个',
    amount Decimal(38, 2) COMMENT 'Amount of money of their orders, mixed currencies added as they stand; 涉及金额，不同币种直接相加',
    still_open UInt64 COMMENT 'Exceptions on which somebody still has to act, count; 仍需处理的异常数，个',
    acknowledged UInt64 COMMENT 'Exceptions that a person answered, count; 已有人响应的异常数，个',
    acknowledge_p50_seconds Nullable(Float64) COMMENT 'Median time from opening to the first answer, seconds, NULL without any; 首次响应时长中位数，秒，无则为 NULL',
    acknowledge_p90_seconds Nullable(Float64) COMMENT 'Time from opening to the first answer that nine of ten keep, seconds, NULL without any; 首次响应时长九成分位，秒，无则为 NULL',
    located UInt64 COMMENT 'Exceptions with a known stage and owner, count; 已定位环节与负责人的异常数，个',
    locate_p50_seconds Nullable(Float64) COMMENT 'Median time from opening to known stage and owner, seconds, NULL without any; 定位时长中位数，秒，无则为 NULL',
    locate_p90_seconds Nullable(Float64) COMMENT 'Time from opening to known stage and owner that nine of ten keep, seconds, NULL without any; 定位时长九成分位，秒，无则为 NULL',
    resolved UInt64 COMMENT 'Exceptions resolved or archived, count; 已解决或已归档的异常数，个',
    resolve_p50_seconds Nullable(Float64) COMMENT 'Median time from opening to the resolution, seconds, NULL without any; 解决时长中位数，秒，无则为 NULL',
    resolve_p90_seconds Nullable(Float64) COMMENT 'Time from opening to the resolution that nine of ten keep, seconds, NULL without any; 解决时长九成分位，秒，无则为 NULL',
    archived UInt64 COMMENT 'Exceptions archived, count; 已归档的异常数，个',
    escalated UInt64 COMMENT 'Exceptions escalated for want of an answer, count; 因未响应而升级的异常数，个',
    reopened UInt64 COMMENT 'Exceptions reopened at least once, count; 至少重开一次的异常数，个',
    reopen_rate Nullable(Float64) COMMENT 'Reopened of those ever resolved, 0 to 1, NULL without any; 重开率：曾解决的异常中被重开的比例，0 到 1，无则为 NULL',
    found_first_rate Nullable(Float64) COMMENT 'Found before a complaint of all but complaints, 0 to 1, NULL without any; 先于投诉发现的比例（不含投诉本身），0 到 1，无则为 NULL'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, takt_day(process, opened_at) AS day, kind, stage, owner_team, owner,
    count() AS exceptions, toDecimal128(sum(ifNull(amount, 0)), 2) AS amount,
    countIf(open) AS still_open,
    count(acknowledge_seconds) AS acknowledged,
    quantileExactInclusiveOrNull(0.5)(acknowledge_seconds) AS acknowledge_p50_seconds,
    quantileExactInclusiveOrNull(0.9)(acknowledge_seconds) AS acknowledge_p90_seconds,
    count(locate_seconds) AS located,
    quantileExactInclusiveOrNull(0.5)(locate_seconds) AS locate_p50_seconds,
    quantileExactInclusiveOrNull(0.9)(locate_seconds) AS locate_p90_seconds,
    count(resolve_seconds) AS resolved,
    quantileExactInclusiveOrNull(0.5)(resolve_seconds) AS resolve_p50_seconds,
    quantileExactInclusiveOrNull(0.9)(resolve_seconds) AS resolve_p90_seconds,
    countIf(state = 'archived') AS archived,
    count(escalated_at) AS escalated,
    countIf(e.reopened > 0) AS reopened,
    if(countIf(resolve_seconds IS NOT NULL OR e.reopened > 0) = 0, NULL, reopened / countIf(resolve_seconds IS NOT NULL OR e.reopened > 0)) AS reopen_rate,
    if(count(found_first) = 0, NULL, countIf(found_first) / count(found_first)) AS found_first_rate
FROM takt.exception_states AS e
WHERE state != 'withdrawn'
GROUP BY process, day, kind, stage, owner_team, owner
COMMENT 'How fast exceptions are answered, located and resolved, by day; 异常响应、定位与解决时效（按日）';
