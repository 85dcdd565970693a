using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using InferenceMeter.Telemetry.Nvml;

namespace InferenceMeter.Tests.Telemetry.Nvml;

public sealed class NvmlLibraryTests
{
    [Fact]
    public void Without_a_driver_there_is_no_library_and_one_line_why()
    {
        var library = NvmlLibrary.TryLoad(out var why);

        // On a machine with a GPU it is there.
        Assert.Equal(library is null, why.Length > 0);
        Assert.DoesNotContain('\n', why);
        if (library is null)
            Assert.Contains("NVIDIA", why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        18,
        "the NVIDIA driver and its library are of different versions: restart the machine or the container"
    )]
    [InlineData(4, "no permission to talk to the NVIDIA driver")]
    [InlineData(9, "the NVIDIA driver is not loaded")]
    [InlineData(999, "NVML error 999 (Unknown)")]
    [InlineData(42, "NVML error 42 (42)")]
    public void A_refusal_says_what_is_wrong(int code, string text) => Assert.Equal(text, ((NvmlReturn)code).Text());

    /// <summary>Sizes and offsets that a C compiler gives for NVIDIA's header.</summary>
    [Fact]
    public void Structs_are_laid_out_as_the_header_has_them()
    {
        Assert.Equal(
            (8, 24, 40),
            (Unsafe.SizeOf<UtilizationStruct>(), Unsafe.SizeOf<MemoryStruct>(), Unsafe.SizeOf<MemoryStructV2>())
        );
        Assert.Equal((16, 24), (Unsafe.SizeOf<ProcessStruct>(), Unsafe.SizeOf<ProcessStructV2>()));
        Assert.Equal((16, 12), (Unsafe.SizeOf<ViolationStruct>(), Unsafe.SizeOf<TemperatureStruct>()));
        Assert.Equal((8, 32), (Offset<MemoryStructV2>("Total"), Offset<MemoryStructV2>("Used")));
        Assert.Equal((0, 16), (Offset<MemoryStruct>("Total"), Offset<MemoryStruct>("Used")));
        Assert.Equal((8, 8), (Offset<ViolationStruct>("Violation"), Offset<TemperatureStruct>("Degrees")));
        Assert.Equal((0x2000028u, 0x100000cu), (MemoryStructV2.Expected, TemperatureStruct.Expected));

        static int Offset<T>(string field) => (int)Marshal.OffsetOf<T>(field);
    }
}
