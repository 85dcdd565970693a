using System.Text.RegularExpressions;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace InferenceMeter.ServiceTests.Page;

/// <summary>The page for everyone: in both themes, on a wall and on a phone, with a keyboard alone.</summary>
[Collection(PageCollection.Name)]
public sealed partial class AccessibilityTests(Browser browser, PageMeter meter)
{
    [ToolTheory(Browser.Chromium)]
    [InlineData(ColorScheme.Light, 1440, 1000)]
    [InlineData(ColorScheme.Dark, 1440, 1000)]
    [InlineData(ColorScheme.Light, 390, 844)]
    [InlineData(ColorScheme.Dark, 390, 844)]
    public async Task Axe_finds_nothing_and_nothing_is_wider_than_the_screen(ColorScheme theme, int width, int height)
    {
        await using var page = await browser.OpenAsync(meter.Url, theme, width, height, QuietMachine.Prepare);
        await Expect(page.State).ToHaveTextAsync("steady");
        await Expect(page.CostCurve).ToHaveAttributeAsync("d", CurveOfTwo());
        await page.Tab.Locator("details summary").ClickAsync();

        var axe = await page.Tab.RunAxe();
        Assert.Empty(
            axe.Violations.Select(violation =>
                $"{violation.Id} {violation.Help}: {string.Join(", ", violation.Nodes.Select(node => node.Html))}"
            )
        );
        // Except for what scrolls by itself.
        Assert.Empty(
            await page.Tab.EvaluateAsync<string[]>(
                """
                [...document.querySelectorAll('body *')]
                    .filter(one => !one.closest('.scroll, svg, dialog, .skip'))
                    .filter(one => one.getBoundingClientRect().right > innerWidth + 0.5)
                    .map(one => one.outerHTML.slice(0, 120))
                """
            )
        );
        Assert.True(await page.Tab.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
        Assert.Empty(page.Errors);
        await Picture(page.Tab, theme, width);
    }

    [ToolTheory(Browser.Chromium)]
    [InlineData(1440, 1000)]
    [InlineData(390, 844)]
    public async Task Every_control_is_reached_with_the_keyboard_and_shows_that_it_is(int width, int height)
    {
        await using var page = await browser.OpenAsync(meter.Url, width: width, height: height);
        await Expect(page.Images).Not.ToHaveTextAsync(MeterPage.NoFigure);
        var controls = await page.Tab.EvaluateAsync<string[]>(
            """
            () => {
                window.nameOf = one => one.id || one.name || one.ariaLabel || one.textContent.trim();
                // A control within an area that stands for it shows the focus on the area.
                window.showsFocus = one => [one, one.closest('.drop')]
                    .some(shown => shown && getComputedStyle(shown).outlineStyle === 'solid'
                        && getComputedStyle(shown).opacity !== '0');
                return [...document.querySelectorAll('a, button, input, summary')]
                    .filter(one => !one.disabled && one.checkVisibility() && !one.closest('dialog'))
                    .map(window.nameOf);
            }
            """
        );
        Assert.True(controls.Length > 10);

        var reached = new List<string>();
        var hidden = new List<string>();
        // Regions that scroll are stops as well.
        for (var press = 0; press < 3 * controls.Length && controls.Except(reached).Any(); press++)
        {
            await page.Tab.Keyboard.PressAsync("Tab");
            var name = await page.Tab.EvaluateAsync<string>("nameOf(document.activeElement)");
            reached.Add(name);
            if (!await page.Tab.EvaluateAsync<bool>("showsFocus(document.activeElement)"))
                hidden.Add(name);
        }

        Assert.Equal("Skip to the figures", reached[0]);
        Assert.Empty(controls.Except(reached));
        Assert.Empty(hidden);
    }

    /// <summary>For people to look at, beside the tests.</summary>
    private static async Task Picture(IPage tab, ColorScheme theme, int width)
    {
        var name = $"page-{theme.ToString().ToLowerInvariant()}-{(width < 600 ? "phone" : "wall")}.png";
        await tab.ScreenshotAsync(new() { Path = Path.Combine(AppContext.BaseDirectory, name), FullPage = true });
    }

    [GeneratedRegex("M[^M]+L", RegexOptions.None, 1000)]
    private static partial Regex CurveOfTwo();
}
