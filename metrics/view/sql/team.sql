-- Whose it is. What is under way by person, and how orders pass from team to team.

CREATE OR REPLACE VIEW takt.owners_open
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    owner_team LowCardinality(String) COMMENT 'Team responsible, empty if none; 负责团队，无则为空',
    owner LowCardinality(String) COMMENT 'Person responsible, empty if none; 责任人，无则为空',
    open UInt64 COMMENT 'Visits under way, count; 在办数，次',
    overdue UInt64 COMMENT 'Of them past their deadline, count; 其中已超时，次',
    at_risk UInt64 COMMENT 'Of them at risk of exceeding the limit, count; 其中即将超时，次',
    orders UInt64 COMMENT 'Orders concerned, count; 涉及订单数，单',
    amount Float64 COMMENT 'Money of their visits, in currency; 涉及金额，单位见 currency',
    overdue_amount Float64 COMMENT 'Money of those overdue, in currency; 已超时的金额，单位见 currency',
    currency LowCardinality(String) COMMENT 'Currency of the amounts, the most frequent one, ISO 4217; 金额币种（最常见者），ISO 4217',
    age_p50_seconds Float64 COMMENT 'Median age of the visits under way, seconds; 在办时长中位数，秒',
    oldest_seconds Float64 COMMENT 'Longest stay under way, seconds; 最久的在办时长，秒',
    stages Array(LowCardinality(String)) COMMENT 'Stages they are in; 所在环节'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, owner_team, owner, count() AS open, countIf(late) AS overdue, countIf(risky) AS at_risk, uniqExact(order_id) AS orders,
    round(sum(money), 2) AS amount, round(sumIf(money, late), 2) AS overdue_amount, toLowCardinality(topKIf(1)(toString(unit_of_money), unit_of_money != '')[1]) AS currency,
    quantileExactInclusive(0.5)(age) AS age_p50_seconds, max(age) AS oldest_seconds, arraySort(groupUniqArray(stage)) AS stages
FROM
(
    SELECT process, order_id, stage, owner, owner_team, currency AS unit_of_money, amount AS money, age_seconds AS age, overdue AS late, at_risk AS risky
    FROM takt.open_visits_at(at = {at:DateTime64(3, 'UTC')})
)
GROUP BY process, owner_team, owner
COMMENT 'What is under way, by person responsible; 各责任人在办情况';

-- A hand-over is a step between visits of two teams; its wait is from leaving one to entering the other.

CREATE OR REPLACE VIEW takt.handovers_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Begin of the day, week or month in the zone of the process; 日、周（周一）或月的起始日，按流程时区',
    from_team LowCardinality(String) COMMENT 'Team that handed over; 交出团队',
    to_team LowCardinality(String) COMMENT 'Team that took over; 接手团队',
    handovers UInt64 COMMENT 'Steps from one team to the other, count; 交接次数，次',
    orders UInt64 COMMENT 'Orders concerned, count; 涉及订单数，单',
    wait_p50_seconds Float64 COMMENT 'Median wait between the two, seconds; 交接等待时长中位数，秒',
    wait_p90_seconds Float64 COMMENT 'Wait that nine of ten hand-overs keep, seconds; 九成交接不超过的等待时长，秒',
    overdue UInt64 COMMENT 'Of them visits that then exceeded their limit, count; 其中接手后超时，次'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    s.process AS process, takt_start(s.day) AS day, s.from_team AS from_team, s.team AS to_team, count() AS handovers, uniqExact(s.order_id) AS orders,
    quantileExactInclusive(0.5)(s.wait_seconds) AS wait_p50_seconds, quantileExactInclusive(0.9)(s.wait_seconds) AS wait_p90_seconds, countIf(s.breached) AS overdue
FROM takt.steps AS s
WHERE s.from_team != '' AND s.team != '' AND s.from_team != s.team
GROUP BY process, day, from_team, to_team
COMMENT 'Hand-overs between teams; 团队交接';

-- The n-th request of an order in a stage's hand-over is answered by the first acceptance after it and before the next request.

CREATE OR REPLACE VIEW takt.handover_answers_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Begin of the day, week or month in the zone of the process; 日、周（周一）或月的起始日，按流程时区',
    requested UInt64 COMMENT 'Hand-overs requested, count; 发起交接数，次',
    accepted UInt64 COMMENT 'Of them accepted, count; 其中已接手，次',
    answer_p50_seconds Nullable(Float64) COMMENT 'Median time to acceptance, seconds, NULL without any; 接手时长中位数，秒，无则为 NULL',
    answer_p90_seconds Nullable(Float64) COMMENT 'Time that nine of ten acceptances keep, seconds, NULL without any; 九成接手不超过的时长，秒，无则为 NULL'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, takt_period(process, asked.1) AS day, count() AS requested, countIf(asked.3 IS NOT NULL) AS accepted,
    if(accepted = 0, [NULL, NULL], arrayMap(q -> toNullable(q), quantilesExactInclusiveIf(0.5, 0.9)(ifNull(asked.3, 0), asked.3 IS NOT NULL))) AS took,
    took[1] AS answer_p50_seconds, took[2] AS answer_p90_seconds
FROM
(
    SELECT
        process, order_id,
        arraySort(groupArrayIf(occurred_at, activity = 'handover.requested')) AS opened, arraySort(groupArrayIf(occurred_at, activity = 'handover.accepted')) AS closed,
        arrayJoin(takt_answers(opened, closed)) AS asked
    FROM takt.events
    WHERE activity IN ('handover.requested', 'handover.accepted')
    GROUP BY process, order_id
)
GROUP BY process, day
COMMENT 'How fast hand-overs are accepted; 交接响应';
