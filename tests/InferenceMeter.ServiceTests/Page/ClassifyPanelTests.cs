using InferenceMeter.ServiceTests.Api;
using static Microsoft.Playwright.Assertions;

namespace InferenceMeter.ServiceTests.Page;

/// <summary>An image of a person's own.</summary>
[Collection(PageCollection.Name)]
public sealed class ClassifyPanelTests(Browser browser, PageMeter meter) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    [ToolFact(Browser.Chromium)]
    public async Task An_image_is_shown_with_its_five_best_classes_and_what_it_took()
    {
        var photo = await Write("photo.jpg", Photos.Jpeg());
        await using var page = await browser.OpenAsync(meter.Url);

        await page.ChooseImageAsync(photo);

        await Expect(page.Classes).ToHaveCountAsync(5);
        await Expect(page.Classes.First).ToContainTextAsync("%");
        await Expect(page.ClassesNote).ToContainTextAsync("decode");
        await Expect(page.ClassesNote).ToContainTextAsync("per billion at this pace");
        await Expect(page.Preview).ToBeVisibleAsync();
        await Expect(page.Preview).ToHaveAttributeAsync("alt", "photo.jpg");
    }

    [ToolFact(Browser.Chromium)]
    public async Task A_file_that_is_no_image_is_refused_with_the_reason_that_the_api_gives()
    {
        byte[] noImage = [.. "no image"u8];
        var text = await Write("text.jpg", noImage);
        using var api = meter.Client();
        using var answer = await api.PostAsync("/api/v1/classify", new ByteArrayContent(noImage));
        var problem = System.Text.Json.JsonElement.Parse(await answer.Content.ReadAsStringAsync());
        await using var page = await browser.OpenAsync(meter.Url);

        await page.ChooseImageAsync(text);

        await Expect(page.ClassifyError).ToHaveTextAsync(problem.GetProperty("detail").GetString()!);
        await Expect(page.Classes).ToHaveCountAsync(0);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<string> Write(string name, byte[] bytes)
    {
        var path = Path.Combine(_folder.FullName, name);
        await File.WriteAllBytesAsync(path, bytes);
        return path;
    }
}
