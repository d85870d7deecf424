// Takt as a mixin: its boards, in the language of _config.lang, and its rules for the
// processes that ship with it. The rules of your own processes come from takt rules.
{
  _config+:: { lang: 'en' },

  grafanaDashboardFolder:: 'Takt',
  grafanaDashboards+:: {
    en: {
      'takt-overview.json': import '../../dashboards/json/en/takt-overview.json',
      'takt-bottleneck.json': import '../../dashboards/json/en/takt-bottleneck.json',
      'takt-stage.json': import '../../dashboards/json/en/takt-stage.json',
      'takt-exceptions.json': import '../../dashboards/json/en/takt-exceptions.json',
      'takt-channels.json': import '../../dashboards/json/en/takt-channels.json',
      'takt-owners.json': import '../../dashboards/json/en/takt-owners.json',
      'takt-promise.json': import '../../dashboards/json/en/takt-promise.json',
      'takt-order.json': import '../../dashboards/json/en/takt-order.json',
      'takt-pipeline.json': import '../../dashboards/json/en/takt-pipeline.json',
    },
    zh: {
      'takt-overview.json': import '../../dashboards/json/zh/takt-overview.json',
      'takt-bottleneck.json': import '../../dashboards/json/zh/takt-bottleneck.json',
      'takt-stage.json': import '../../dashboards/json/zh/takt-stage.json',
      'takt-exceptions.json': import '../../dashboards/json/zh/takt-exceptions.json',
      'takt-channels.json': import '../../dashboards/json/zh/takt-channels.json',
      'takt-owners.json': import '../../dashboards/json/zh/takt-owners.json',
      'takt-promise.json': import '../../dashboards/json/zh/takt-promise.json',
      'takt-order.json': import '../../dashboards/json/zh/takt-order.json',
      'takt-pipeline.json': import '../../dashboards/json/zh/takt-pipeline.json',
    },
  }[$._config.lang],

  local groups(texts) = std.flatMap(function(text) std.parseYaml(text).groups, texts),
  prometheusAlerts+:: {
    groups+: groups([
      importstr '../../alerts/rules/own.alerts.yaml',
      importstr '../../alerts/rules/retail.alerts.yaml',
      importstr '../../alerts/rules/b2b.alerts.yaml',
      importstr '../../alerts/rules/purchase.alerts.yaml',
      importstr '../../alerts/rules/after_sales.alerts.yaml',
    ]),
  },
  prometheusRules+:: {
    groups+: groups([
      importstr '../../alerts/rules/retail.rules.yaml',
      importstr '../../alerts/rules/b2b.rules.yaml',
      importstr '../../alerts/rules/purchase.rules.yaml',
      importstr '../../alerts/rules/after_sales.rules.yaml',
    ]),
  },
}
