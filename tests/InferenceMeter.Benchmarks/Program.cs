using System.CommandLine;
using InferenceMeter.Benchmarks;

var root = new RootCommand("Comparisons of InferenceMeter with named baselines, in pairs of short segments in one run.");
root.Subcommands.Add(DecodeVersusPillow.Create());
root.Subcommands.Add(MetricsCost.Create());
return await root.Parse(args).InvokeAsync();
