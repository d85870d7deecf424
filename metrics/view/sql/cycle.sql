-- Time in stages. Percentiles are of visits that an activity has finished, by the day
-- they were left; judgements count each visit with a limit once, when it is left or
-- when its deadline passes, as takt_stage_due_total does.

CREATE OR REPLACE VIEW takt.stage_cycle_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Begin of the day, week or month in the zone of the process; 日、周（周一）或月的起始日，按流程时区',
    stage LowCardinality(String) COMMENT 'Stage of the process; 流程环节',
    finished UInt64 COMMENT 'Visits finished, count; 完成的停留数，次',
    abandoned UInt64 COMMENT 'Visits left without being finished, count; 未完成即离开的停留数，次',
    wall_p50_seconds Nullable(Float64) COMMENT 'Median time in the stage, seconds; 环节耗时中位数，秒',
    wall_p90_seconds Nullable(Float64) COMMENT 'Time in the stage that nine of ten keep, seconds; 九成停留不超过的环节耗时，秒',
    wall_p95_seconds Nullable(Float64) COMMENT 'Time in the stage that 95 % keep, seconds; 95% 停留不超过的环节耗时，秒',
    working_p50_seconds Nullable(Float64) COMMENT 'Median working time in the stage, seconds; 环节工作时长中位数，秒',
    working_p90_seconds Nullable(Float64) COMMENT 'Working time in the stage that nine of ten keep, seconds; 九成停留不超过的工作时长，秒',
    working_p95_seconds Nullable(Float64) COMMENT 'Working time in the stage that 95 % keep, seconds; 95% 停留不超过的工作时长，秒',
    due UInt64 COMMENT 'Visits judged against their limit, each once, when left or when the deadline passed, count; 按时限判定的停留数（离开或到期时计一次），次',
    breached UInt64 COMMENT 'Of them over the limit, count; 其中超时的停留数，次',
    breach_share Nullable(Float64) COMMENT 'Share over the limit, 0 to 1, NULL without any judged; 超时率，0 到 1，无判定为 NULL'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, day, stage, sum(n_finished) AS finished, sum(n_abandoned) AS abandoned,
    max(wall[1]) AS wall_p50_seconds, max(wall[2]) AS wall_p90_seconds, max(wall[3]) AS wall_p95_seconds,
    max(working[1]) AS working_p50_seconds, max(working[2]) AS working_p90_seconds, max(working[3]) AS working_p95_seconds,
    sum(n_due) AS due, sum(n_breached) AS breached, if(due = 0, NULL, breached / due) AS breach_share
FROM
(
    SELECT
        process, takt_period(process, assumeNotNull(left_at)) AS day, stage,
        countIf(outcome = 'finished') AS n_finished, countIf(outcome = 'abandoned') AS n_abandoned,
        if(n_finished = 0, [NULL, NULL, NULL], arrayMap(q -> toNullable(q), quantilesExactInclusiveIf(0.5, 0.9, 0.95)(assumeNotNull(wall_seconds), outcome = 'finished'))) AS wall,
        if(countIf(outcome = 'finished' AND working_seconds IS NOT NULL) = 0, [NULL, NULL, NULL], arrayMap(q -> toNullable(q), quantilesExactInclusiveIf(0.5, 0.9, 0.95)(assumeNotNull(working_seconds), outcome = 'finished' AND working_seconds IS NOT NULL))) AS working,
        0 AS n_due, 0 AS n_breached
    FROM takt_store.visits FINAL
    WHERE NOT deleted AND left_at IS NOT NULL
    GROUP BY process, day, stage
    UNION ALL
    SELECT
        process, takt_period(process, assumeNotNull(least(left_at, due_at))) AS day, stage, 0, 0, [NULL, NULL, NULL], [NULL, NULL, NULL], count(), countIf(assumeNotNull(breached))
    FROM takt_store.visits FINAL
    WHERE NOT deleted AND left_at IS NOT NULL AND breached IS NOT NULL AND due_at IS NOT NULL
    GROUP BY process, day, stage
    UNION ALL
    SELECT
        process, takt_period(process, assumeNotNull(o.due_at)) AS day, o.stage AS stage, 0, 0, [NULL, NULL, NULL], [NULL, NULL, NULL], count(), count()
    FROM takt_store.orders FINAL
    ARRAY JOIN open AS o
    WHERE NOT deleted AND o.breached = true AND o.due_at IS NOT NULL
    GROUP BY process, day, stage
)
GROUP BY process, day, stage
COMMENT 'Time in stages and judgements of limits; 环节耗时与超时判定';
