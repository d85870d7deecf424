-- Versions of the process files that were in force.

CREATE TABLE IF NOT EXISTS takt_store.stages
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    stage LowCardinality(String) COMMENT 'Stage of the process; 流程环节',
    position UInt16 COMMENT 'Place in the process from 1; 流程中的位置，从 1 起',
    title_en String COMMENT 'Title in English; 英文名称',
    title_zh String COMMENT 'Title in Chinese; 中文名称',
    limit_seconds Nullable(Float64) COMMENT 'Limit of a visit, seconds, NULL without limit; 时限，秒，无时限为 NULL',
    limit_of LowCardinality(String) COMMENT 'Clock of the limit: wall or working; 时限口径：wall 自然时间、working 工作时间',
    objective Nullable(Float64) COMMENT 'Share of visits that should keep the limit, 0 to 1; 应在时限内完成的比例，0 到 1',
    owner_team LowCardinality(String) COMMENT 'Team responsible; 负责团队',
    escalate_to LowCardinality(String) COMMENT 'Who is told when the owner does not act; 升级对象',
    valid_from DateTime64(3, 'UTC') COMMENT 'When this version was first seen, UTC; 该版本首次出现的时间，UTC',
    deleted UInt8 COMMENT 'Whether the process lost the stage with this version; 该版本起流程是否不再有此环节',
    revision UInt64 MATERIALIZED toUInt64(toUnixTimestamp64Milli(valid_from)) COMMENT 'Version of the row, the greatest holds; 行版本，最大者有效'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (process, stage, valid_from)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Versions of the stages of processes; 流程环节的各版本';

CREATE TABLE IF NOT EXISTS takt_store.teams
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    team LowCardinality(String) COMMENT 'Team; 团队',
    stages Array(LowCardinality(String)) COMMENT 'Stages the team is responsible for; 负责的环节',
    escalate_to Array(LowCardinality(String)) COMMENT 'Who is told when the team does not act; 升级对象',
    valid_from DateTime64(3, 'UTC') COMMENT 'When this version was first seen, UTC; 该版本首次出现的时间，UTC',
    deleted UInt8 COMMENT 'Whether the team owns no stage from this version on; 该版本起团队是否不再负责任何环节',
    revision UInt64 MATERIALIZED toUInt64(toUnixTimestamp64Milli(valid_from)) COMMENT 'Version of the row, the greatest holds; 行版本，最大者有效'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (process, team, valid_from)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Versions of the teams that own stages; 负责环节的团队的各版本';
