// Builds dist/module.js as Grafana loads it: an AMD module whose libraries are Grafana's own.
// https://grafana.com/developers/plugin-tools/
const path = require('path');
const CopyPlugin = require('copy-webpack-plugin');

const id = 'takt-orders-datasource';
const version = process.env.PLUGIN_VERSION || require('./package.json').version;
const today = process.env.PLUGIN_DATE || new Date().toISOString().slice(0, 10);

module.exports = (env) => ({
  mode: env.production ? 'production' : 'development',
  context: path.join(__dirname, 'src'),
  devtool: env.production ? 'source-map' : 'eval-source-map',
  entry: { module: './module.ts' },
  externals: ['@grafana/data', '@grafana/runtime', '@grafana/schema', '@grafana/ui', 'react', 'react-dom', 'rxjs'],
  module: {
    rules: [
      {
        test: /\.tsx?$/,
        exclude: /node_modules/,
        use: {
          loader: 'swc-loader',
          options: { jsc: { target: 'es2022', parser: { syntax: 'typescript', tsx: true }, transform: { react: { runtime: 'classic' } } } },
        },
      },
    ],
  },
  resolve: { extensions: ['.ts', '.tsx', '.js'] },
  output: {
    clean: { keep: /gpx_takt_orders/ },
    filename: '[name].js',
    library: { type: 'amd' },
    path: path.join(__dirname, 'dist'),
    publicPath: `public/plugins/${id}/`,
    uniqueName: id,
  },
  plugins: [
    new CopyPlugin({
      patterns: [
        { from: 'plugin.json', transform: (text) => text.toString().replace('%VERSION%', version).replace('%TODAY%', today) },
        { from: 'img', to: 'img' },
        { from: '../README.md' },
        { from: '../CHANGELOG.md' },
        { from: '../../../LICENSE', to: '[name]', toType: 'template' },
      ],
    }),
  ],
});
