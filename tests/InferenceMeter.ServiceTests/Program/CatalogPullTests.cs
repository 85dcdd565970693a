using System.Security.Cryptography;
using System.Text.Json;
using InferenceMeter.Tests.Pricing.Feeds;

namespace InferenceMeter.ServiceTests.Program;

/// <summary><c>model pull</c> as a user meets it, with local servers in place of the catalogue's.</summary>
public sealed class CatalogPullTests : CatalogTests
{
    private const int Interrupt = 2;

    [Fact]
    public async Task Pull_without_a_name_fetches_MLPerfs_model_with_its_preprocessing_and_records_its_hash()
    {
        WriteCatalog(Gone.Address, Server.Address);

        var (code, output) = await Run("model pull");

        Assert.True(code == 0, output);
        Assert.Equal(Model, await File.ReadAllBytesAsync(File_(FileName)));
        var sidecar = JsonElement.Parse(await File.ReadAllTextAsync(File_($"{FileName}.json")));
        Assert.True(sidecar.GetProperty("background_class").GetBoolean());
        Assert.Contains($"is recorded in {FileName}.sha256 and checked from now on", output, StringComparison.Ordinal);
        var (agrees, sums) = await Tool.RunAsync(
            "sha256sum",
            ["--check", $"{FileName}.sha256"],
            folder: Folder.FullName
        );
        Assert.True(agrees == 0, sums);
    }

    [Fact]
    public async Task Interrupted_it_keeps_what_came_and_the_same_command_continues()
    {
        const int Half = 600_000;
        var content = new byte[2 * Half];
        new Random(1).NextBytes(content);
        LocalServer? self = null;
        await using var stalling = self = new LocalServer(
            async (context, _) =>
            {
                context.Response.ContentLength64 = content.Length;
                await context.Response.OutputStream.WriteAsync(content.AsMemory(0, Half));
                await context.Response.OutputStream.FlushAsync();
                await self!.Stopped;
            }
        );
        var continued = new List<int>();
        await using var good = new LocalServer(
            async (context, _) =>
            {
                var from = int.Parse(context.Request.Headers["Range"]!["bytes=".Length..].TrimEnd('-'));
                continued.Add(from);
                context.Response.StatusCode = 206;
                context.Response.AddHeader("Content-Range", $"bytes {from}-{content.Length - 1}/{content.Length}");
                await context.Response.OutputStream.WriteAsync(content.AsMemory(from));
            }
        );
        var hash = Convert.ToHexStringLower(SHA256.HashData(content));
        string[] pull =
        [
            "model",
            "pull",
            "--catalog",
            File_("catalog.json"),
            "--output",
            File_("pulled.onnx"),
            "--sha256",
            hash,
        ];
        WriteCatalog(stalling.Address);
        await using (var meter = new RunningMeter(pull))
        {
            var part = File_($"pulled.onnx.{hash[..12]}.part");
            await meter.Until(() => Task.FromResult(File.Exists(part) && new FileInfo(part).Length >= Half / 2));
            meter.Signal(Interrupt);
            Assert.Equal(130, await meter.Exit());
            Assert.Contains("interrupted: what came is kept", meter.Errors, StringComparison.Ordinal);
        }

        WriteCatalog(good.Address);
        var (code, output) = await Tool.RunAsync(RunningMeter.Executable, pull);

        Assert.True(code == 0, output);
        Assert.Equal(content, await File.ReadAllBytesAsync(File_("pulled.onnx")));
        Assert.InRange(Assert.Single(continued), Half / 2, Half);
    }
}
