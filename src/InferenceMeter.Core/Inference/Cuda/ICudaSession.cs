using Microsoft.ML.OnnxRuntime;

namespace InferenceMeter.Inference.Cuda;

/// <summary>One ONNX Runtime session on a CUDA device. Call it from one thread: graphs are kept per thread.</summary>
internal interface ICudaSession : IDisposable
{
    OrtIoBinding CreateBinding();

    /// <summary>Queues one run of what is bound.</summary>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime or a library below it refuses.</exception>
    void Run(OrtIoBinding binding, CudaRun run);

    /// <summary>Ends profiling and returns the path of the profile.</summary>
    string EndProfiling();
}

/// <summary>ONNX Runtime's options of a run, with the CUDA graph that it captures and replays.</summary>
internal sealed class CudaRun : IDisposable
{
    /// <summary>The value of <see cref="Graph"/> for a run that is neither captured nor replayed.</summary>
    public const int NoGraph = -1;

    private static int s_lastGraph;

    private CudaRun(int graph)
    {
        Graph = graph;
        Options = new RunOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        // The meter waits once, after it has queued the copy of the answers on the same stream.
        Options.AddRunConfigEntry("disable_synchronize_execution_providers", "1");
        Options.AddRunConfigEntry("gpu_graph_id", $"{graph}");
    }

    /// <summary>Number of the graph.</summary>
    public int Graph { get; }

    public RunOptions Options { get; }

    /// <summary>A run that launches each kernel by itself.</summary>
    public static CudaRun Plain() => new(NoGraph);

    /// <summary>A run of a new graph. Numbers never repeat: a graph over freed buffers must not be replayed.</summary>
    public static CudaRun Graphed() => new(Interlocked.Increment(ref s_lastGraph));

    public void Dispose() => Options.Dispose();
}
