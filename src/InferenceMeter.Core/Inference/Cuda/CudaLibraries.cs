using System.Runtime.InteropServices;

namespace InferenceMeter.Inference.Cuda;

/// <summary>
/// The libraries of CUDA, cuDNN and TensorRT that ONNX Runtime's providers need. The loader names the first one that is
/// missing, and cuDNN is loaded only when the first convolution runs; this names all of them before a session is
/// opened.
/// </summary>
internal static class CudaLibraries
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<ExecutionProvider> Complete = [];

    /// <summary>
    /// What cuDNN loads at run time to plan and run a convolution; a package that was cut down may lack some of it.
    /// </summary>
    public static IReadOnlyList<string> CudnnParts { get; } =
    [
        "libcudnn_graph.so.9",
        "libcudnn_ops.so.9",
        "libcudnn_heuristic.so.9",
        "libcudnn_engines_precompiled.so.9",
        "libcudnn_engines_runtime_compiled.so.9",
    ];

    /// <summary>
    /// What a provider's library is linked with and a machine may lack, in the order in which they can be loaded.
    /// </summary>
    /// <param name="provider"><see cref="ExecutionProvider.Cuda"/> or <see cref="ExecutionProvider.TensorRt"/>.</param>
    public static IReadOnlyList<string> LinkedBy(ExecutionProvider provider) =>
        provider == ExecutionProvider.TensorRt
            ? ["libnvinfer.so.10", "libnvonnxparser.so.10", "libcublas.so.13", "libcudart.so.13", "libcudnn.so.9"]
            : ["libcublasLt.so.13", "libcublas.so.13", "libcurand.so.10", "libcudart.so.13"];

    /// <summary>
    /// Loads what the provider needs, from where the loader looks or else from the CUDA packages of a Python.
    /// </summary>
    /// <exception cref="InferenceException">Something is missing; the message names all of it in one line.</exception>
    public static void Require(CudaTuning tuning)
    {
        // The names are those of Linux; Windows' own message has to do.
        if (!OperatingSystem.IsLinux())
            return;
        lock (Gate)
        {
            if (Complete.Contains(tuning.Provider))
                return;
            var loaded = new List<nint>();
            var missing = Missing(Needs(tuning), name => Load(name, loaded), CudnnFolder);
            if (missing.Count == 0)
            {
                Complete.Add(tuning.Provider);
                return;
            }

            // They read their environment variables when they are loaded for good.
            loaded.ForEach(NativeLibrary.Free);
            throw new InferenceException(Describe(missing));
        }
    }

    /// <summary>All that a provider needs, what is loaded at run time included.</summary>
    public static IReadOnlyList<string> Needs(CudaTuning tuning)
    {
        // TensorRT leaves nodes to the CUDA provider, which is loaded too.
        var linked =
            tuning.Provider == ExecutionProvider.TensorRt
                ? LinkedBy(ExecutionProvider.TensorRt).Union(LinkedBy(ExecutionProvider.Cuda), StringComparer.Ordinal)
                : LinkedBy(ExecutionProvider.Cuda);
        // Without cuDNN the provider uses kernels of its own where it has some.
        var withoutCudnn =
            tuning.Given.TryGetValue("enable_cudnn", out var given) && given is "0" or "false" or "False";
        return withoutCudnn ? [.. linked] : [.. linked.Union(["libcudnn.so.9", .. CudnnParts], StringComparer.Ordinal)];
    }

    /// <summary>Which of some libraries cannot be loaded.</summary>
    /// <param name="needs">Their names.</param>
    /// <param name="load">Loads one.</param>
    /// <param name="cudnnFolder">The folder that cuDNN was loaded from, where it also looks for its parts.</param>
    public static IReadOnlyList<string> Missing(
        IEnumerable<string> needs,
        Func<string, bool> load,
        Func<string?> cudnnFolder
    )
    {
        var missing = new List<string>();
        foreach (var name in needs)
        {
            // Parts of a library that is missing itself go without saying.
            var isPart = CudnnParts.Contains(name, StringComparer.Ordinal);
            if (isPart && (missing.Contains("libcudnn.so.9", StringComparer.Ordinal) || IsBeside(cudnnFolder(), name)))
                continue;
            if (!load(name))
                missing.Add(name);
        }

        return missing;
    }

    /// <summary>One line that names missing libraries and what to install for each.</summary>
    public static string Describe(IReadOnlyList<string> missing)
    {
        var text = string.Join(
            "; ",
            missing.GroupBy(Package, StringComparer.Ordinal).Select(group => $"{Listed(group)}: install {group.Key}")
        );
        return $"{text}; or add the folder to LD_LIBRARY_PATH";

        static string Listed(IEnumerable<string> group)
        {
            var names = group.ToArray();
            return names.Length == 1
                ? $"the library {names[0]} is missing"
                : $"the libraries {string.Join(", ", names)} are missing";
        }
    }

    private static string Package(string library)
    {
        if (library.StartsWith("libcudnn", StringComparison.Ordinal))
            return "cuDNN 9 for CUDA 13 (libcudnn9-cuda-13; in Python nvidia-cudnn-cu13)";
        if (library.StartsWith("libnv", StringComparison.Ordinal))
            return "TensorRT 10 for CUDA 13";
        if (library.StartsWith("libcuda.", StringComparison.Ordinal))
            return "the NVIDIA driver";
        if (library.StartsWith("libonnxruntime", StringComparison.Ordinal))
            return "ONNX Runtime's GPU libraries beside the program";
        return "the CUDA 13 libraries (cuda-libraries-13-0 or a newer 13; "
            + "in Python nvidia-cublas, nvidia-cuda-runtime and nvidia-curand)";
    }

    private static bool IsBeside(string? folder, string name) =>
        folder is not null && File.Exists(Path.Combine(folder, name));

    private static bool Load(string name, List<nint> loaded)
    {
        // One that is loaded by its path is found by its name from then on.
        if (
            !NativeLibrary.TryLoad(name, out var library)
            && !(PythonLibraries.Find(name) is { } path && NativeLibrary.TryLoad(path, out library))
        )
            return false;
        loaded.Add(library);
        return true;
    }

    private static string? CudnnFolder()
    {
        try
        {
            var line = File.ReadLines("/proc/self/maps")
                .FirstOrDefault(line => line.Contains("/libcudnn.so.9", StringComparison.Ordinal));
            return line is null ? null : Path.GetDirectoryName(line[line.IndexOf('/', StringComparison.Ordinal)..]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
