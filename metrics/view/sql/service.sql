-- What customers notice. The n-th of an order's questions or notices is answered by the first answer after it and
-- before the next one.

CREATE OR REPLACE VIEW takt.inquiries_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Begin of the day, week or month in the zone of the process; 日、周（周一）或月的起始日，按流程时区',
    inquiries UInt64 COMMENT 'Questions asked, count; 咨询数，次',
    answered UInt64 COMMENT 'Of them answered, count; 其中已答复，次',
    answer_p50_seconds Nullable(Float64) COMMENT 'Median time to the answer, seconds, NULL without any; 响应时长中位数，秒，无答复为 NULL',
    answer_p90_seconds Nullable(Float64) COMMENT 'Time that nine of ten answers keep, seconds, NULL without any; 九成答复不超过的响应时长，秒，无答复为 NULL'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, takt_period(process, asked.1) AS day, count() AS inquiries, countIf(asked.3 IS NOT NULL) AS answered,
    if(answered = 0, [NULL, NULL], arrayMap(q -> toNullable(q), quantilesExactInclusiveIf(0.5, 0.9)(ifNull(asked.3, 0), asked.3 IS NOT NULL))) AS took,
    took[1] AS answer_p50_seconds, took[2] AS answer_p90_seconds
FROM
(
    SELECT
        process, order_id,
        arraySort(groupArrayIf(occurred_at, activity = 'inquiry.opened')) AS opened, arraySort(groupArrayIf(occurred_at, activity = 'inquiry.answered')) AS closed,
        arrayJoin(takt_answers(opened, closed)) AS asked
    FROM takt.events
    WHERE activity IN ('inquiry.opened', 'inquiry.answered')
    GROUP BY process, order_id
)
GROUP BY process, day
COMMENT 'Questions of customers and how fast they are answered; 咨询与响应速度';

CREATE OR REPLACE VIEW takt.notices_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Begin of the day, week or month in the zone of the process; 日、周（周一）或月的起始日，按流程时区',
    sent UInt64 COMMENT 'Notices sent to customers, count; 已发送通知数，次',
    delivered UInt64 COMMENT 'Of them delivered, count; 其中已送达，次',
    viewed UInt64 COMMENT 'Of them viewed, count; 其中已查看，次',
    delivered_share Float64 COMMENT 'Share delivered, 0 to 1; 通知到达率，0 到 1',
    viewed_share Float64 COMMENT 'Share viewed, 0 to 1; 通知查看率，0 到 1'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, takt_period(process, notice.1) AS day, count() AS sent, countIf(notice.2 OR notice.3) AS delivered, countIf(notice.3) AS viewed,
    delivered / sent AS delivered_share, viewed / sent AS viewed_share
FROM
(
    SELECT
        process, order_id,
        arraySort(groupArrayIf(occurred_at, activity = 'notice.sent')) AS began, arraySort(groupArrayIf(occurred_at, activity = 'notice.delivered')) AS arrived,
        arraySort(groupArrayIf(occurred_at, activity = 'notice.viewed')) AS seen,
        arrayJoin(arrayMap((d, v) -> (d.1, d.2 > 0, v.2 > 0), takt_answers(began, arrived), takt_answers(began, seen))) AS notice
    FROM takt.events
    WHERE activity IN ('notice.sent', 'notice.delivered', 'notice.viewed')
    GROUP BY process, order_id
)
GROUP BY process, day
COMMENT 'Notices to customers, delivered and viewed; 通知到达与查看';

CREATE OR REPLACE VIEW takt.satisfaction_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Begin of the day, week or month in the zone of the process; 日、周（周一）或月的起始日，按流程时区',
    scored UInt64 COMMENT 'Scores given, from the attribute score, count; 评分数（取自属性 score），个',
    score_mean Float64 COMMENT 'Mean score, on the scale of the source; 平均评分，按来源的分制',
    low UInt64 COMMENT 'Of them 2 or less, count; 其中不高于 2 分，个',
    low_share Float64 COMMENT 'Share of 2 or less, 0 to 1; 低分率，0 到 1'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, takt_period(process, occurred_at) AS day, count() AS scored, avg(assumeNotNull(score)) AS score_mean, countIf(score <= 2) AS low, low / scored AS low_share
FROM (SELECT process, occurred_at, toFloat64OrNull(attributes['score']) AS score FROM takt.events WHERE activity = 'satisfaction.scored')
WHERE score IS NOT NULL
GROUP BY process, day
COMMENT 'Scores that customers gave; 客户满意度';
