using Microsoft.ML.OnnxRuntime;

namespace InferenceMeter.Inference;

/// <summary>ONNX Runtime's process-wide state, and the options that every session has in common.</summary>
internal static class OrtRuntime
{
    private static readonly Lazy<OrtEnv> Env = new(() =>
    {
        // What goes wrong comes as an exception; its log lines would only be in the way on a terminal.
        var options = new EnvironmentCreationOptions
        {
            logId = "InferenceMeter",
            logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        return OrtEnv.IsCreated ? OrtEnv.Instance() : OrtEnv.CreateInstanceWithOptions(ref options);
    });

    /// <summary>The one there is in a process.</summary>
    public static OrtEnv Environment => Env.Value;

    /// <summary>Version of the native library.</summary>
    public static string Version => Environment.GetVersionString();

    /// <summary>Options for one session on the CPU.</summary>
    public static SessionOptions CpuOptions(int intraOpThreads, bool spinning)
    {
        _ = Environment;
        var options = new SessionOptions
        {
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            // A classifier's graph is one chain: nothing runs in parallel but the inside of an operator.
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            InterOpNumThreads = 1,
            IntraOpNumThreads = intraOpThreads,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            // Planning one block for all activations of a run takes more memory than the arena's pieces (ResNet-50,
            // batch 4: 60 against 36 MB for each further session) and is no faster.
            EnableMemoryPattern = false,
        };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", spinning ? "1" : "0");
        // Denormal activations would make the cost depend on the images, by up to a hundred-fold an operation.
        options.AddSessionConfigEntry("session.set_denormal_as_zero", "1");
        return options;
    }

    /// <summary>The part of an ONNX Runtime message that means something to a user, on one line.</summary>
    public static string OneLine(Exception exception)
    {
        var text = exception.Message.ReplaceLineEndings(" ").Trim();
        return text.Length <= 300 ? text : text[..300] + "...";
    }
}
