SELECT
    process, takt_day(process, assumeNotNull(left_at)) AS day, stage, toLowCardinality(pair.1) AS dimension, toLowCardinality(pair.2) AS value,
    countIf(outcome = 'finished') AS finished, countIf(beyond IS NOT NULL) AS due, countIf(ifNull(beyond, false)) AS breached,
    if(due = 0, NULL, breached / due) AS breach_share,
    if(finished = 0, [NULL, NULL], arrayMap(q -> toNullable(q), quantilesExactInclusiveIf(0.5, 0.9)(assumeNotNull(wall_seconds), outcome = 'finished'))) AS wall,
    wall[1] AS wall_p50_seconds, wall[2] AS wall_p90_seconds, sumIf(toFloat64(ifNull(money, 0)), outcome = 'finished') AS amount
FROM
(
    SELECT
        process, left_at, stage, outcome, breached AS beyond, wall_seconds, amount AS money,
        arrayJoin([('channel', toString(channel)), ('region', toString(region)), ('warehouse', toString(warehouse)), ('carrier', toString(carrier)), ('supplier', toString(supplier)),
            ('product', toString(product)), ('owner_team', toString(owner_team)), ('owner', toString(owner)), ('source', toString(source))]) AS pair
    FROM takt_store.visits FINAL
    WHERE NOT deleted AND left_at IS NOT NULL
)
GROUP BY process, day, stage, dimension, value
