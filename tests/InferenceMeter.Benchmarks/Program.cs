using System.CommandLine;
using InferenceMeter.Benchmarks.Decoding;
using InferenceMeter.Benchmarks.Metering;
using InferenceMeter.Benchmarks.Metrics;
using InferenceMeter.Benchmarks.Pairing;
using InferenceMeter.Benchmarks.Sources;
using InferenceMeter.Benchmarks.Torch;
using InferenceMeter.Images;

var root = new RootCommand("Comparisons of InferenceMeter with named baselines, in pairs of short segments in one run.")
{
    BuildPairCommand.Create(),
    BuildPairCommand.CreateSegments(),
    DecodeCommand.Create(),
    DecodeVsPillowCommand.Create(),
    ImageSourcesCommand.Create(),
    LatencyRecordingCommand.Create(),
    MetricsCostCommand.Create(),
    ModelPairCommand.Create(),
    UploadCommand.Create(),
    VsPyTorchCommand.Create(),
};
try
{
    return await root.Parse(args).InvokeAsync(new() { EnableDefaultExceptionHandler = false });
}
catch (ImageSourceException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
