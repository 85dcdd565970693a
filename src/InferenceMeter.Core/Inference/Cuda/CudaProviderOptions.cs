using InferenceMeter.Models;

namespace InferenceMeter.Inference.Cuda;

/// <summary>
/// The options given to ONNX Runtime's CUDA and TensorRT providers, under ONNX Runtime's own names
/// (onnxruntime.ai, execution providers, "CUDA" and "TensorRT").
/// </summary>
internal static class CudaProviderOptions
{
    /// <summary>The options that a user may give for the CUDA provider.</summary>
    public static IReadOnlyList<string> CudaKeys { get; } =
    [
        "gpu_mem_limit",
        "arena_extend_strategy",
        "cudnn_conv_algo_search",
        "cudnn_conv_use_max_workspace",
        "enable_cuda_graph",
        "prefer_nhwc",
        "fuse_conv_bias",
        "cudnn_conv1d_pad_to_nc1d",
        "tunable_op_enable",
        "tunable_op_tuning_enable",
        "enable_cudnn",
        "sdpa_kernel",
        "use_ep_level_unified_stream",
    ];

    // Ours to set: they carry what the meter itself depends on.
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        "device_id",
        "user_compute_stream",
        "has_user_compute_stream",
        "use_tf32",
        "trt_fp16_enable",
        "trt_bf16_enable",
        "trt_int8_enable",
    };

    /// <summary>
    /// What is wrong with options that a user gave; <see langword="null"/> when nothing is known to be.
    /// </summary>
    public static string? Refuse(ExecutionProvider? provider, IEnumerable<string> keys) =>
        (
            from key in keys
            where
                Reserved.Contains(key)
                || !(CudaKeys.Contains(key, StringComparer.Ordinal) || key.StartsWith("trt_", StringComparison.Ordinal))
                || (provider == ExecutionProvider.Cuda && key.StartsWith("trt_", StringComparison.Ordinal))
            select $"{key} is no option of the provider {provider?.Label() ?? ExecutionProviders.Auto} that can be "
                + "set: accepted are "
                + string.Join(", ", CudaKeys)
                + (provider == ExecutionProvider.Cuda ? "" : ", and those of TensorRT (trt_...)")
        ).FirstOrDefault();

    /// <summary>For the CUDA provider.</summary>
    /// <param name="tuning">Precision and the user's options.</param>
    /// <param name="device">CUDA's number of it.</param>
    /// <param name="stream">Stream that everything is queued on.</param>
    /// <param name="graphs">Capture full batches and replay them.</param>
    public static Dictionary<string, string> Cuda(CudaTuning tuning, int device, nint stream, bool graphs)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            // Tensor cores read channels last; the provider turns the layout once, when it loads.
            ["prefer_nhwc"] = "1",
            // Not a search, whatever it is called: EXHAUSTIVE and HEURISTIC ask cuDNN's heuristics, and nothing is
            // timed.
            // DEFAULT would take the slow fallback. cudnn_conv_use_max_workspace is not set: Conv does not read it.
            ["cudnn_conv_algo_search"] = "EXHAUSTIVE",
            // The arena takes what a batch needs and no more: powers of two would waste up to half of the card.
            ["arena_extend_strategy"] = "kSameAsRequested",
            // Off, plans with tensor cores are deselected, those in half precision too; where none is left, ONNX
            // Runtime asks
            // for one with TF32 after all, so true fp32 also needs NVIDIA_TF32_OVERRIDE=0 (see CudaCandidate).
            ["use_tf32"] = tuning.Precision == "fp32" ? "0" : "1",
            ["enable_cuda_graph"] = "1",
        };
        foreach (
            var (key, value) in tuning.Given.Where(given => !given.Key.StartsWith("trt_", StringComparison.Ordinal))
        )
            options[key] = value;
        if (!graphs)
            options["enable_cuda_graph"] = "0";
        return On(options, device, stream);
    }

    /// <summary>For the TensorRT provider; nodes that it does not take go to the CUDA provider behind it.</summary>
    /// <param name="names">Of the graph's input, for the range of batch sizes that an engine is built for.</param>
    /// <param name="model">Its input shape.</param>
    public static Dictionary<string, string> TensorRt(
        CudaTuning tuning,
        int device,
        nint stream,
        bool graphs,
        ModelValues names,
        ModelDescription model
    )
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["trt_fp16_enable"] = tuning.Precision == "fp16" ? "1" : "0",
            ["trt_int8_enable"] = tuning.Precision == "int8" ? "1" : "0",
            ["trt_cuda_graph_enable"] = "1",
            ["trt_builder_optimization_level"] = "5",
        };
        if (tuning.CacheFolder is { } folder)
        {
            // Building an engine takes minutes: it is kept.
            (options["trt_engine_cache_enable"], options["trt_engine_cache_path"]) = ("1", folder);
            (options["trt_timing_cache_enable"], options["trt_timing_cache_path"]) = ("1", folder);
        }

        if (model.FixedBatch is null)
        {
            options["trt_profile_min_shapes"] = Shape(1);
            options["trt_profile_opt_shapes"] = Shape(tuning.MaxBatch);
            options["trt_profile_max_shapes"] = Shape(tuning.MaxBatch);
        }

        foreach (
            var (key, value) in tuning.Given.Where(given => given.Key.StartsWith("trt_", StringComparison.Ordinal))
        )
            options[key] = value;
        if (!graphs)
            options["trt_cuda_graph_enable"] = "0";
        return On(options, device, stream);

        string Shape(int images) => $"{names.Pixels}:{images}x{model.Height}x{model.Width}x3";
    }

    private static Dictionary<string, string> On(Dictionary<string, string> options, int device, nint stream)
    {
        options["device_id"] = $"{device}";
        // Both: without the first ONNX Runtime believes that there is a stream, and takes the default one for it.
        options["has_user_compute_stream"] = "1";
        options["user_compute_stream"] = $"{(ulong)stream}";
        return options;
    }

    /// <summary>Whether full batches are to be captured as CUDA graphs, if the graph of the model allows it.</summary>
    public static bool WantsGraphs(CudaTuning tuning) =>
        IsNhwc(tuning)
        && IsOn(tuning, tuning.Provider == ExecutionProvider.TensorRt ? "trt_cuda_graph_enable" : "enable_cuda_graph");

    /// <summary>
    /// Channels last. The other layout's convolutions set memory on the default stream: no graph can hold that, and our
    /// stream must wait for it.
    /// </summary>
    public static bool IsNhwc(CudaTuning tuning) => IsOn(tuning, "prefer_nhwc");

    private static bool IsOn(CudaTuning tuning, string key) =>
        !(tuning.Given.TryGetValue(key, out var given) && given is "0" or "false" or "False");
}
