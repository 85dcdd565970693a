using Microsoft.ML.OnnxRuntime;

namespace InferenceMeter.Inference;

/// <summary>
/// Execution providers that lie in libraries of their own. An ONNX Runtime that was built with one, as that of the
/// default
/// build on linux-x64 and win-x64 is, loads it by itself; one that was built for CPUs is shown the library, if it lies
/// beside
/// it, and then gives the same provider, as long as it finds the cards under /sys/bus/pci.
/// </summary>
internal static class ProviderLibrary
{
    private const string Bus = "/sys/bus/pci/devices";

    private const string NothingOnTheBus =
        $"ONNX Runtime for CPUs finds no NVIDIA card under {Bus}, which sandboxes may hide: "
        + "use the default build, which needs none of it";

    private static readonly Lock Gate = new();
    private static readonly HashSet<string> Registered = new(StringComparer.Ordinal);

    /// <summary>Whether ONNX Runtime was built with a provider (whose own needs may be missing nevertheless).</summary>
    public static bool IsBuiltIn(string provider) =>
        OrtRuntime.Environment.GetAvailableProviders().Contains(provider, StringComparer.Ordinal);

    /// <summary>Whether ONNX Runtime was built with a provider, or its library lies beside the program.</summary>
    /// <param name="provider">ONNX Runtime's name of it.</param>
    /// <param name="file">As <see cref="Append"/> takes it.</param>
    public static bool IsHere(string provider, string file) => IsBuiltIn(provider) || PathOf(file) is not null;

    /// <summary>Adds a provider from its library to a session.</summary>
    /// <param name="session">Options of the session.</param>
    /// <param name="provider">ONNX Runtime's name of it.</param>
    /// <param name="file">
    /// Name of the library without <c>lib</c> and ending, such as <c>onnxruntime_providers_cuda</c>.
    /// </param>
    /// <param name="visible">Devices that CUDA shows this process.</param>
    /// <param name="device">The provider's number of the device.</param>
    /// <param name="options">Of the provider.</param>
    /// <exception cref="InferenceException">There is no such library, or it sees no device.</exception>
    /// <exception cref="OnnxRuntimeException">It cannot be loaded.</exception>
    public static void Append(
        SessionOptions session,
        string provider,
        string file,
        int visible,
        int device,
        IReadOnlyDictionary<string, string> options
    )
    {
        Register(provider, file, visible);
        var devices = OrtRuntime.Environment.GetEpDevices().Where(found => found.EpName == provider).ToArray();
        // All that this picks is the library: the device itself is taken from the options.
        var chosen =
            devices.FirstOrDefault(found => found.EpOptions.Entries.GetValueOrDefault("device_id") == $"{device}")
            ?? devices.ElementAtOrDefault(device)
            ?? devices.FirstOrDefault()
            ?? throw new InferenceException(NothingOnTheBus);
        session.AppendExecutionProvider(OrtRuntime.Environment, [chosen], options);
    }

    private static void Register(string provider, string file, int visible)
    {
        lock (Gate)
        {
            if (Registered.Contains(provider))
                return;
            var path = PathOf(file) ?? throw new InferenceException(Cuda.CudaFaults.NotInThisBuild);
            // Without its neighbour the library would not fail to load: it would crash the process.
            if (!File.Exists(Path.Combine(Path.GetDirectoryName(path)!, NameOf("onnxruntime_providers_shared"))))
                throw new InferenceException(
                    $"{NameOf("onnxruntime_providers_shared")} is not beside {path}; copy it from the same package"
                );
            // It describes every card that it finds on the bus by CUDA's list of devices, and runs over its end when
            // that is shorter.
            if (CardsOnTheBus() is var cards && cards > visible)
                throw new InferenceException(
                    $"CUDA shows {visible} of the {cards} NVIDIA cards on the bus (CUDA_VISIBLE_DEVICES, a "
                        + "container?), which ONNX Runtime's provider libraries do not take: use the default build"
                );
            OrtRuntime.Environment.RegisterExecutionProviderLibrary(provider, path);
            Registered.Add(provider);
        }
    }

    /// <summary>As ONNX Runtime counts them: display controllers (PCI class 03) of NVIDIA.</summary>
    private static int CardsOnTheBus()
    {
        if (!Directory.Exists(Bus))
            return 0;
        return Directory
            .EnumerateDirectories(Bus)
            .Count(card =>
                Read(card, "vendor") == "0x10de" && Read(card, "class").StartsWith("0x03", StringComparison.Ordinal)
            );

        static string Read(string card, string file)
        {
            try
            {
                return File.ReadAllText(Path.Combine(card, file)).Trim();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return "";
            }
        }
    }

    private static string? PathOf(string file)
    {
        var folders = ((string?)AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory);
        return folders.Select(folder => Path.Combine(folder, NameOf(file))).FirstOrDefault(File.Exists);
    }

    private static string NameOf(string file) => OperatingSystem.IsWindows() ? $"{file}.dll" : $"lib{file}.so";
}
