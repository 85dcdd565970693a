using System.Runtime.InteropServices;

namespace InferenceMeter.Inference.Cuda;

/// <summary>
/// The driver's own library, which comes with every NVIDIA driver and keeps its names and numbers over CUDA versions.
/// Streams and device addresses are the same things as the CUDA runtime's, which ONNX Runtime uses.
/// </summary>
internal sealed unsafe class CudaDriver : ICudaDriver
{
    // CUdevice_attribute
    private const int ComputeCapabilityMajor = 75;
    private const int ComputeCapabilityMinor = 76;
    private const int TextLength = 256;

    // CUDA_ERROR_NOT_FOUND
    private const int NotFound = 500;

    private readonly nint _library;

    private CudaDriver(nint library)
    {
        _library = library;
        Check("cuInit", ((delegate* unmanaged<uint, int>)Export("cuInit"))(0));
        int version,
            count;
        Check("cuDriverGetVersion", ((delegate* unmanaged<int*, int>)Export("cuDriverGetVersion"))(&version));
        Check("cuDeviceGetCount", ((delegate* unmanaged<int*, int>)Export("cuDeviceGetCount"))(&count));
        CudaVersion = new Version(version / 1000, version % 1000 / 10);
        DeviceCount = count;
    }

    /// <inheritdoc/>
    public Version CudaVersion { get; }

    /// <inheritdoc/>
    public int DeviceCount { get; }

    /// <summary>Loads the driver.</summary>
    /// <exception cref="NoSuchHardwareException">None is installed.</exception>
    /// <exception cref="InferenceException">
    /// It is installed and does not work, or shows no device; the message is one line.
    /// </exception>
    public static CudaDriver Load()
    {
        var name = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";
        if (!NativeLibrary.TryLoad(name, out var library))
            throw new NoSuchHardwareException($"no NVIDIA driver is installed ({name} was not found)");
        try
        {
            var driver = new CudaDriver(library);
            return driver.DeviceCount > 0 ? driver : throw new CudaException("cuDeviceGetCount", 100, "no device");
        }
        catch (CudaException e)
        {
            throw new InferenceException(CudaFaults.Explain(e), e);
        }
    }

    /// <inheritdoc/>
    public CudaDevice Describe(int device)
    {
        var handle = Handle(device);
        var text = stackalloc byte[TextLength];
        Check(
            "cuDeviceGetName",
            ((delegate* unmanaged<byte*, int, int, int>)Export("cuDeviceGetName"))(text, TextLength, handle)
        );
        var name = Marshal.PtrToStringUTF8((nint)text) ?? "NVIDIA GPU";
        Check(
            "cuDeviceGetPCIBusId",
            ((delegate* unmanaged<byte*, int, int, int>)Export("cuDeviceGetPCIBusId"))(text, TextLength, handle)
        );
        var pci = Marshal.PtrToStringUTF8((nint)text) ?? "";
        return new CudaDevice
        {
            Index = device,
            Name = name,
            PciBusId = pci,
            Uuid = Uuid(handle, name),
            ComputeCapability = new Version(
                Attribute(handle, ComputeCapabilityMajor),
                Attribute(handle, ComputeCapabilityMinor)
            ),
        };
    }

    /// <inheritdoc/>
    public ICudaContext Open(int device) => new CudaContext(this, Handle(device));

    /// <exception cref="CudaException">The driver is older than the function.</exception>
    internal nint Export(string name) =>
        NativeLibrary.TryGetExport(_library, name, out var address)
            ? address
            : throw new CudaException(name, NotFound, "this NVIDIA driver does not have it: update the driver");

    internal void Check(string call, int result)
    {
        if (result == 0)
            return;
        byte* text = null;
        ((delegate* unmanaged<int, byte**, int>)Export("cuGetErrorString"))(result, &text);
        throw new CudaException(call, result, Marshal.PtrToStringUTF8((nint)text) ?? "unknown");
    }

    private int Handle(int device)
    {
        int handle;
        Check("cuDeviceGet", ((delegate* unmanaged<int*, int, int>)Export("cuDeviceGet"))(&handle, device));
        return handle;
    }

    private int Attribute(int handle, int attribute)
    {
        int value;
        Check(
            "cuDeviceGetAttribute",
            ((delegate* unmanaged<int*, int, int, int>)Export("cuDeviceGetAttribute"))(&value, attribute, handle)
        );
        return value;
    }

    private string Uuid(int handle, string name)
    {
        // The second version tells a MIG slice's own; drivers before CUDA 11.4 have only the first.
        if (!NativeLibrary.TryGetExport(_library, "cuDeviceGetUuid_v2", out var get))
            get = Export("cuDeviceGetUuid");
        var bytes = stackalloc byte[16];
        Check("cuDeviceGetUuid", ((delegate* unmanaged<byte*, int, int>)get)(bytes, handle));
        var hex = Convert.ToHexStringLower(new ReadOnlySpan<byte>(bytes, 16));
        var kind = name.Contains(" MIG ", StringComparison.Ordinal) ? "MIG" : "GPU";
        return $"{kind}-{hex[..8]}-{hex[8..12]}-{hex[12..16]}-{hex[16..20]}-{hex[20..]}";
    }
}
