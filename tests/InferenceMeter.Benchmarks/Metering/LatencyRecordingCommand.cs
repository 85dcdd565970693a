using System.CommandLine;
using BenchmarkDotNet.Running;

namespace InferenceMeter.Benchmarks.Metering;

/// <summary>Runs <see cref="LatencyRecording"/>.</summary>
internal static class LatencyRecordingCommand
{
    public static Command Create()
    {
        var command = new Command(
            "latency-recording",
            "Time of recording one latency, and bytes that a histogram holds."
        );
        command.SetAction(_ => BenchmarkRunner.Run<LatencyRecording>());
        return command;
    }
}
