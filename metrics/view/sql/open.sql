-- What is under way. Where an instant is given, as it was then by what is known now. A stage of the process
-- has a row even if nothing waits in it.

CREATE OR REPLACE VIEW takt.open_visits
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    order_id String COMMENT 'Unified order number; 统一订单号',
    unit String COMMENT 'Order line or parcel, empty for the order as a whole; 订单行或包裹，空为整单',
    stage LowCardinality(String) COMMENT 'Stage of the process; 流程环节',
    visit UInt32 COMMENT 'Number of the visit from 1, more than 1 is rework; 第几次进入该环节，大于 1 为返工',
    entered_at DateTime64(3, 'UTC') COMMENT 'When the stage was entered, UTC; 进入时间，UTC',
    age_seconds Float64 COMMENT 'Time in the stage so far, seconds; 已停留时长，秒',
    overdue Bool COMMENT 'Whether the deadline is over; 是否已超时',
    at_risk Bool COMMENT 'Whether it is at risk of exceeding the limit and has not yet; 是否即将超时（尚未超时）',
    owner LowCardinality(String) COMMENT 'Person responsible; 责任人',
    owner_team LowCardinality(String) COMMENT 'Team responsible; 负责团队',
    amount Float64 COMMENT 'Amount of money, in currency; 金额，单位见 currency',
    currency LowCardinality(String) COMMENT 'Currency of the amount, ISO 4217; 币种，ISO 4217'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, order_id, unit, stage, visit, entered_at, dateDiff('millisecond', entered_at, {at:DateTime64(3, 'UTC')}) / 1000 AS age_seconds,
    ifNull(due_at < {at:DateTime64(3, 'UTC')}, false) AS overdue,
    NOT overdue AND (process, order_id, unit, stage, visit) IN
    (
        SELECT process, order_id, unit, stage, visit
        FROM takt_store.exceptions FINAL
        WHERE NOT deleted AND NOT withdrawn AND kind = 'at_risk' AND stage != '' AND opened_at <= {at:DateTime64(3, 'UTC')} AND (resolved_at IS NULL OR resolved_at > {at:DateTime64(3, 'UTC')})
    ) AS at_risk,
    owner, owner_team, toFloat64(ifNull(money, 0)) AS amount, currency
FROM (SELECT * EXCEPT amount, amount AS money FROM takt.visits)
WHERE entered_at <= {at:DateTime64(3, 'UTC')} AND (left_at IS NULL OR left_at > {at:DateTime64(3, 'UTC')})
COMMENT 'Visits under way; 在办停留';

CREATE OR REPLACE VIEW takt.open_by_stage
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    stage LowCardinality(String) COMMENT 'Stage of the process; 流程环节',
    position UInt16 COMMENT 'Place in the process from 1; 流程中的位置，从 1 起',
    title_en String COMMENT 'Title in English; 英文名称',
    title_zh String COMMENT 'Title in Chinese; 中文名称',
    open UInt64 COMMENT 'Visits under way, count; 在办数，次',
    at_risk UInt64 COMMENT 'Of them at risk of exceeding the limit, count; 其中即将超时，次',
    overdue UInt64 COMMENT 'Of them past their deadline, count; 其中已超时，次',
    amount Float64 COMMENT 'Money of their orders, in currency; 涉及金额，单位见 currency',
    at_risk_amount Float64 COMMENT 'Money of those at risk, in currency; 即将超时的金额，单位见 currency',
    overdue_amount Float64 COMMENT 'Money of those overdue, in currency; 已超时的金额，单位见 currency',
    currency LowCardinality(String) COMMENT 'Currency of the amounts, the most frequent one, ISO 4217; 金额币种（最常见者），ISO 4217',
    oldest_seconds Nullable(Float64) COMMENT 'Longest stay under way, seconds, NULL without any; 最久的在办时长，秒，无在办为 NULL',
    age_p50_seconds Nullable(Float64) COMMENT 'Median age of the visits under way, seconds, NULL without any; 在办时长中位数，秒，无在办为 NULL',
    age_p90_seconds Nullable(Float64) COMMENT 'Age that nine of ten visits under way keep, seconds, NULL without any; 九成在办不超过的时长，秒，无在办为 NULL',
    owner LowCardinality(String) COMMENT 'Who has the most of them, else the team of the stage; 在办最多的责任人，无则为环节团队',
    owner_team LowCardinality(String) COMMENT 'Team of the stage; 环节所属团队',
    limit_seconds Nullable(Float64) COMMENT 'Limit of a visit, seconds, NULL without limit; 时限，秒，无时限为 NULL',
    limit_of LowCardinality(String) COMMENT 'Clock of the limit: wall or working; 时限口径：wall 自然时间、working 工作时间'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    s.process AS process, s.stage AS stage, s.position AS position, s.title_en AS title_en, s.title_zh AS title_zh,
    v.n AS open, v.risk AS at_risk, v.over AS overdue, round(v.money, 2) AS amount, round(v.risk_money, 2) AS at_risk_amount, round(v.over_money, 2) AS overdue_amount,
    toLowCardinality(v.unit_of_money) AS currency, if(v.n = 0, NULL, v.oldest) AS oldest_seconds,
    if(v.n = 0, NULL, v.ages[1]) AS age_p50_seconds, if(v.n = 0, NULL, v.ages[2]) AS age_p90_seconds,
    toLowCardinality(if(v.most = '', s.owner_team, v.most)) AS owner, s.owner_team AS owner_team, s.limit_seconds AS limit_seconds, s.limit_of AS limit_of
FROM takt.stages AS s
LEFT JOIN
(
    SELECT
        process, stage, count() AS n, countIf(overdue) AS over, countIf(at_risk) AS risk, sum(amount) AS money,
        sumIf(amount, overdue) AS over_money, sumIf(amount, at_risk) AS risk_money, topKIf(1)(toString(currency), currency != '')[1] AS unit_of_money,
        max(age_seconds) AS oldest, quantilesExactInclusive(0.5, 0.9)(age_seconds) AS ages, topKIf(1)(toString(if(owner = '', owner_team, owner)), owner != '' OR owner_team != '')[1] AS most
    FROM takt.open_visits_at(at = {at:DateTime64(3, 'UTC')})
    GROUP BY process, stage
) AS v ON s.process = v.process AND s.stage = v.stage
COMMENT 'What is under way, by stage; 各环节在办情况';

CREATE OR REPLACE VIEW takt.open_by_age
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    stage LowCardinality(String) COMMENT 'Stage of the process; 流程环节',
    band UInt8 COMMENT 'Number of the age band from 1; 时长档序号，从 1 起',
    band_en String COMMENT 'Age band in English; 时长档英文名称',
    band_zh String COMMENT 'Age band in Chinese; 时长档中文名称',
    from_seconds Float64 COMMENT 'Least age of the band, seconds; 时长档下限（含），秒',
    to_seconds Nullable(Float64) COMMENT 'Age from which the next band begins, seconds, NULL for the last; 时长档上限（不含），秒，末档为 NULL',
    open UInt64 COMMENT 'Visits under way of that age, count; 该时长档的在办数，次',
    amount Float64 COMMENT 'Money of their orders, mixed currencies added as they stand; 涉及金额，不同币种直接相加'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
WITH
    [0, 3600, 14400, 86400, 259200, 604800, 1209600, 2592000] AS bounds,
    ['under 1 h', '1 to 4 h', '4 to 24 h', '1 to 3 d', '3 to 7 d', '7 to 14 d', '14 to 30 d', 'over 30 d'] AS english,
    ['1小时内', '1–4小时', '4–24小时', '1–3天', '3–7天', '7–14天', '14–30天', '30天以上'] AS chinese
SELECT
    s.process AS process, s.stage AS stage, toUInt8(s.number) AS band, english[s.number] AS band_en, chinese[s.number] AS band_zh,
    toFloat64(bounds[s.number]) AS from_seconds, if(s.number = 8, NULL, toFloat64(bounds[s.number + 1])) AS to_seconds, v.n AS open, v.money AS amount
FROM
(
    SELECT process, stage, toUInt64(arrayJoin(range(1, 9))) AS number
    FROM takt.stages
) AS s
LEFT JOIN
(
    SELECT
        process, stage, toUInt64(arrayCount(b -> b <= greatest(0, dateDiff('second', entered_at, {at:DateTime64(3, 'UTC')})), bounds)) AS number,
        count() AS n, sum(amount) AS money
    FROM takt.open_visits_at(at = {at:DateTime64(3, 'UTC')})
    GROUP BY process, stage, number
) AS v ON s.process = v.process AND s.stage = v.stage AND s.number = v.number
COMMENT 'What is under way, by age; 在办时长分布';
